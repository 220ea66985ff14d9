"""Whether an answer has the form of one: words, an end, no endless loop. Knows text alone."""

import re
import unicodedata

from bot.guards.fault import Fault

KEPT_CONTROLS = frozenset("\n\t")
JOINERS = frozenset("\u200d\u200c")
MAX_RUN = 12
"""Longest run of one character a person would write."""

MAX_REPEATS = 4
"""How often in a row a person would say the same words."""


def clean(text: str) -> str:
    """Take out what has no business in a chat: control and direction characters, more than one empty line."""
    kept = "".join(character for character in text if _is_harmless(character))
    return re.sub(r"\n{3,}", "\n\n", kept.replace("\t", " ")).strip()


def broken(text: str) -> Fault | None:
    """Return what is wrong with the form of a cleaned answer."""
    if not any(unicodedata.category(character)[0] in "LNS" for character in text):
        return Fault.EMPTY
    if _has_long_run(text) or _repeats(text):
        return Fault.DEGENERATE
    return None


def last_sentence_end(text: str) -> int:
    """Return how many characters of a text that still grows are whole sentences."""
    return max((match.end() for match in re.finditer(r"[。．！？!?…\n]+[」』）)]*", text)), default=0)


def whole_sentences(text: str) -> str:
    """Take off the sentence that a length limit broke, unless that would take more than half of the text."""
    ends = [match.end() for match in re.finditer(r"[。．！？!?…〜～ｗw\n]+[」』）)]*", text)]
    return text[: ends[-1]].rstrip() if ends and ends[-1] * 2 >= len(text) else text


def presentable(said: str, finish_reason: str) -> str:
    """Return an answer as it may be shown: cleaned, and without the sentence that a length limit broke."""
    return whole_sentences(clean(said)) if finish_reason == "length" else clean(said)


def _is_harmless(character: str) -> bool:
    category = unicodedata.category(character)
    return category not in {"Cc", "Cf", "Cs", "Co"} or character in KEPT_CONTROLS or character in JOINERS


def _has_long_run(text: str) -> bool:
    return re.search(rf"(\S)\1{{{MAX_RUN},}}", text) is not None


def _repeats(text: str) -> bool:
    """Tell whether 2 to 40 characters stand more than MAX_REPEATS times in a row."""
    return re.search(rf"(\S.{{1,39}}?)\1{{{MAX_REPEATS},}}", text, re.DOTALL) is not None
