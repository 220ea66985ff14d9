"""Puts an utterance into a conversation it could have been said in: the views of a data set.

Knows which words may come before the persona's. Does not know tokens, weights of views or how often each is drawn.
Context is never newer than the utterance: a view sees the utterance alone, and what it answered.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Protocol

import sudachipy

MONOLOGUE = (
    "何かつぶやいて",
    "今何してる？",
    "最近どう？",
    "なんか話して",
    "今何考えてる？",
    "今日はどうだった？",
    "調子どう？",
    "何かあった？",
    "ひとことどうぞ",
    "今どんな気分？",
)
ASKED = ("{}どう？", "{}の話して", "最近{}してる？", "{}ってどう思う？", "{}の話聞きたい", "{}は？")
MAX_NOUN_CHARS = 5
MAX_SHARED_CHARS = 5
"""A question that shares more with its answer gives it away."""


class Said(Protocol):
    """What a view reads of an utterance."""

    @property
    def text(self) -> str: ...

    @property
    def parent(self) -> str | None: ...


View = Callable[[Said], Sequence[str]]
"""The questions or remarks an utterance may be shown to answer; none when the view does not fit it."""


def real(said: Said) -> Sequence[str]:
    """The words it did answer."""
    return (said.parent,) if said.parent else ()


def monologue(said: Said) -> Sequence[str]:  # noqa: ARG001 - a view takes the utterance
    """An invitation to say anything."""
    return MONOLOGUE


def asked(nouns: Callable[[str], Sequence[str]]) -> View:
    """Return the view in which somebody asks about a thing the utterance names."""

    def view(said: Said) -> Sequence[str]:
        questions = (template.format(noun) for noun in nouns(said.text) for template in ASKED)
        return tuple(question for question in questions if not gives_away(question, said.text))

    return view


def gives_away(question: str, answer: str) -> bool:
    """Return whether six characters of the question stand in the answer as well."""
    size = MAX_SHARED_CHARS + 1
    return any(question[start : start + size] in answer for start in range(len(question) - MAX_SHARED_CHARS))


def content_nouns() -> Callable[[str], Sequence[str]]:
    """Return a function from a text to its longest common nouns, at most two of 2 to 5 characters."""
    tokenizer = sudachipy.Dictionary().tokenizer()

    @cache
    def nouns(text: str) -> Sequence[str]:
        found = {word.surface() for word in tokenizer.tokenize(text) if _is_topic(word)}
        return tuple(sorted(found, key=lambda word: (-len(word), text.index(word)))[:2])

    return nouns


def _is_topic(word: Any) -> bool:
    kind = tuple(word.part_of_speech()[:3])
    if not 2 <= len(word.surface()) <= MAX_NOUN_CHARS:
        return False
    return kind[:2] == ("名詞", "普通名詞") and kind[2] in {"一般", "サ変可能"}
