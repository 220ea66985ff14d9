"""Finds the names of people: what Sudachi takes for one, and what carries an honorific.

Knows Japanese honorifics, the words for roles that carry them too (店員さん) and what only looks like an honorific
(毎朝ちゃんと, 昨日先輩に). Does not know which names may stay.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

from sudachipy import Dictionary, Morpheme

from model.private import Found

ROLES = Path(__file__).with_name("roles.txt")
FAMOUS = Path(__file__).with_name("famous.txt")
HONORIFICS = frozenset("さん くん 君 ちゃん さま 様 先輩 先生 氏 殿 たん ちん っち はん 教授 部長 課長".split())  # noqa: SIM905
TITLES = frozenset("君 先輩 先生 教授 部長 課長 殿".split())  # noqa: SIM905
"""Honorifics that are words of their own as well: 昨日先輩に is no name, 春さん is one."""
PSEUDONYM = re.compile(r"[A-Z]{1,2}")
"""What `train.scrub` puts in the place of a name: never itself a name."""

MAX_TOKENIZED_CHARS = 10_000
"""Sudachi refuses more than 49,149 bytes at once."""
_ROLE_ENDINGS = re.compile(r".[員者師屋主士官客医婦係]$")
_WORD = re.compile(r"[一-龠々ァ-ヴーぁ-んA-Za-z]+")
_NO_NAME_USES = ("副詞可能", "サ変可能")
"""Nouns of time and of action: names only where the dictionary knows a person of that name (春, 愛)."""
_HIRAGANA = re.compile(r"[ぁ-んー]+")
_KANJI = re.compile(r"[一-龠々]")
_TOGETHER = re.compile(r"一緒|いっしょ|会|遊|仲|二人|同じ|付き合|[のもか]")
"""Behind ちゃんと these say that somebody is there; otherwise it is the adverb."""
_HONORIFIC_AHEAD = re.compile("|".join(HONORIFICS))


class NameFinder(Protocol):
    """Yields the names in a text, without their honorifics; they do not overlap."""

    def find(self, text: str) -> Iterator[Found]: ...


class SudachiNames:
    """Names by Sudachi's core dictionary, read once. ``roles`` carry honorifics too and are no names."""

    def __init__(self, roles: Iterable[str] | None = None) -> None:
        self._dictionary = Dictionary(dict="core")
        self._tokenizer = self._dictionary.tokenizer()
        self._roles = frozenset(read_words(ROLES) if roles is None else roles)

    def find(self, text: str) -> Iterator[Found]:
        for start in range(0, len(text), MAX_TOKENIZED_CHARS):
            for found in self._find(text[start : start + MAX_TOKENIZED_CHARS]):
                yield Found(start + found.start, start + found.end, found.kind)

    def _find(self, text: str) -> Iterator[Found]:
        tokens = list(self._tokenizer.tokenize(text))
        position = 0
        while position < len(tokens):
            length = self._name_length(tokens, position)
            if length:
                yield Found(tokens[position].begin(), tokens[position + length - 1].end(), "name")
            position += length or 1

    def _name_length(self, tokens: list[Morpheme], position: int) -> int:
        """How many tokens from ``position`` make a name; 0 when none begins here."""
        length = 0
        while position + length < len(tokens) and self._is_person(tokens[position + length]):
            length += 1
        return length or int(_has_honorific(tokens, position) and self._may_be_name(tokens, position))

    def _is_person(self, token: Morpheme) -> bool:
        surface = token.surface()
        return token.part_of_speech()[2] == "人名" and not surface.isascii() and surface not in self._roles

    def _may_be_name(self, tokens: list[Morpheme], position: int) -> bool:
        """Whether the word before an honorific is a name: in doubt it is."""
        token = tokens[position]
        surface, kind = token.surface(), token.part_of_speech()
        if surface in self._roles or PSEUDONYM.fullmatch(surface) or not _WORD.fullmatch(surface):
            return False
        if position and tokens[position - 1].part_of_speech()[0] == "接頭辞":
            return False
        if kind[0] not in ("名詞", "感動詞", "形状詞") and not token.is_oov():
            return False
        if self._is_everyday(tokens, position):
            return False
        return kind[1] == "固有名詞" or not _ROLE_ENDINGS.search(surface)

    def _is_everyday(self, tokens: list[Morpheme], position: int) -> bool:
        """Whether what looks like an honorific is a word of its own behind a common noun."""
        surface, use = tokens[position].surface(), tokens[position].part_of_speech()[2]
        is_adverb = _is_adverb(tokens, position + 1)
        if use == "副詞可能" and (is_adverb or tokens[position + 1].surface() in TITLES):
            return True
        is_common = not _HIRAGANA.fullmatch(surface) if is_adverb else use in _NO_NAME_USES and _KANJI.search(surface)
        return bool(is_common) and not self._is_known_name(surface)

    def _is_known_name(self, surface: str) -> bool:
        """Whether some person bears it. What no dictionary knows is a name, too."""
        kinds = [word.part_of_speech()[2] for word in self._dictionary.lookup(surface)]
        return not kinds or "人名" in kinds


def read_words(path: Path) -> list[str]:
    """Return the words of a list; lines that begin with # are remarks."""
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    return [word for line in lines if not line.startswith("#") for word in line.split()]


def _has_honorific(tokens: list[Morpheme], position: int) -> bool:
    return position + 1 < len(tokens) and tokens[position + 1].surface() in HONORIFICS


def _is_adverb(tokens: list[Morpheme], position: int) -> bool:
    """Whether ちゃん at ``position`` is the beginning of ちゃんと rather than somebody with whom something is done."""
    if tokens[position].surface() != "ちゃん" or position + 1 == len(tokens) or tokens[position + 1].surface() != "と":
        return False
    return position + 2 == len(tokens) or not _TOGETHER.match(tokens[position + 2].surface())


def has_honorific_behind(text: str, position: int) -> bool:
    """Whether an honorific follows at ``position``, so that a pseudonym needs none of its own."""
    return bool(_HONORIFIC_AHEAD.match(text, position))
