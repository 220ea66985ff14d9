"""Masks what is private in a text: numbers and addresses by a placeholder, people by a pseudonym.

Knows how finds become replacements, and which names may stay or must go. Knows no files; the review of what was masked
is `train.review`'s.
"""

import itertools
import random
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from string import ascii_uppercase

import phonenumbers

from model import private
from model.private import PLACEHOLDERS, Found
from train.names import NameFinder, has_honorific_behind

LETTERS = ascii_uppercase.replace("W", "").replace("X", "")
"""W laughs and X is a platform."""
_MANY_DIGITS = re.compile(r"(?:\d[^\d\n]{0,2}){9}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """``text`` stood at ``start`` to ``end`` of the original; ``replacement`` stands there now."""

    start: int
    end: int
    kind: str
    text: str
    replacement: str


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """``spans`` are sorted and do not overlap."""

    text: str
    spans: tuple[Span, ...]


class Pseudonyms:
    """Gives each person one letter, the same everywhere; ``seed`` decides the order of the letters."""

    def __init__(self, seed: int = 0) -> None:
        letters = list(LETTERS)
        pairs = ["".join(pair) for pair in itertools.product(LETTERS, repeat=2)]
        random.Random(seed).shuffle(letters)
        random.Random(seed).shuffle(pairs)
        self._free = itertools.chain(letters, itertools.cycle(pairs))
        self._given: dict[str, str] = {}

    def letter(self, name: str) -> str:
        key = _fold(name.lstrip("@＠"))
        if key not in self._given:
            self._given[key] = next(self._free)
        return self._given[key]


class Scrubber:
    """Masks texts one after another; the same name gets the same pseudonym in all of them.

    ``allow`` are names that stay (fiction, the famous, the persona's own), ``deny`` words that always go.
    """

    def __init__(
        self,
        names: NameFinder | None = None,
        *,
        allow: Iterable[str] = (),
        deny: Iterable[str] = (),
        seed: int = 0,
    ) -> None:
        self._names = names
        self._allowed = _any_of(allow)
        self._denied = _any_of(deny)
        self._pseudonyms = Pseudonyms(seed)

    def scrub(self, text: str) -> Scrubbed:
        """Return ``text`` with everything private replaced, and what was replaced."""
        spans, pieces, position = [], [], 0
        for found in self._find(text):
            span = self._span(text, found)
            spans.append(span)
            pieces += [text[position : span.start], span.replacement]
            position = span.end
        return Scrubbed("".join([*pieces, text[position:]]), tuple(spans))

    def _find(self, text: str) -> list[Found]:
        """What to mask, sorted, without overlaps: what was found first wins."""
        kept: list[Found] = []
        for found in itertools.chain(
            _matches(self._denied, text), private.find(text), _phones(text), self._people(text)
        ):
            if all(found.end <= other.start or found.start >= other.end for other in kept):
                kept.append(found)
        return sorted(kept, key=lambda found: found.start)

    def _people(self, text: str) -> Iterator[Found]:
        allowed = list(_matches(self._allowed, text))
        for found in self._names.find(text) if self._names else ():
            if not any(stays.start <= found.start and found.end <= stays.end for stays in allowed):
                yield found

    def _span(self, text: str, found: Found) -> Span:
        replacement = PLACEHOLDERS.get(found.kind)
        if replacement is None:
            letter = self._pseudonyms.letter(text[found.start : found.end])
            replacement = letter if has_honorific_behind(text, found.end) else f"{letter}さん"
        return Span(
            start=found.start,
            end=found.end,
            kind=found.kind,
            text=text[found.start : found.end],
            replacement=replacement,
        )


def _phones(text: str) -> Iterator[Found]:
    """Numbers of other countries and unusual forms, which only the tables of phonenumbers know."""
    if _MANY_DIGITS.search(text):
        for match in phonenumbers.PhoneNumberMatcher(text, "JP"):
            yield Found(match.start, match.end, "phone")


def _any_of(words: Iterable[str]) -> re.Pattern[str] | None:
    escaped = [re.escape(word) for word in sorted(filter(None, words), key=len, reverse=True)]
    return re.compile("|".join(escaped), re.IGNORECASE) if escaped else None


def _matches(words: re.Pattern[str] | None, text: str) -> Iterator[Found]:
    for match in words.finditer(text) if words else ():
        yield Found(match.start(), match.end(), "denied")


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
