"""Finds texts that say nearly the same: Jaccard similarity of their character 3-grams.

An inverted index over the rarest 3-grams of each text, with prefix, length and position filters (PPJoin: Xiao, Wang,
Lin and Yu 2008, "Efficient similarity joins for near duplicate detection"). Knows texts alone.
"""

import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Sequence

SIMILARITY = 0.8
MAX_OF_A_KIND = 2
"""How many near duplicates stay: a catch-phrase is style."""
MAX_POSTINGS = 16
"""How many kinds of text one 3-gram remembers, so that a hundred thousand texts from one template take seconds; the
search is exact as long as the rarest 3-grams of a text stand in no more kinds than this."""
MIN_SHARE = SIMILARITY / (1 + SIMILARITY)
"""The share of all 3-grams of two texts that both must have: o >= s(a + b - o) solved for o."""
_Posting = tuple[int, int, int]
"""A text, the number of its 3-grams, and how many of them are at least as frequent as this one."""
_LAUGH = re.compile(r"w{2,}|w$|\(笑\)|笑$|[^\w]|[ー_]")


def key(text: str) -> str:
    """Return what makes ``text`` the same as another: its letters and digits, without laughing and symbols."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _LAUGH.sub("", folded) or folded


def clusters(keys: Sequence[str]) -> list[int]:
    """Return for each key the position of the first key of its kind: itself, or one it is nearly the same as."""
    grams = _rarest_first(keys)
    kinds = _Kinds(grams)
    return [kinds.head(position) for position in range(len(keys))]


class _Kinds:
    """The first text of each kind, found again by the rarest 3-grams."""

    def __init__(self, grams: Sequence[tuple[int, ...]]) -> None:
        self._grams = grams
        self._postings: defaultdict[int, list[_Posting]] = defaultdict(list)

    def head(self, position: int) -> int:
        """Return the first text that the one at ``position`` is nearly the same as, else remember this one."""
        own = self._grams[position]
        size = len(own)
        prefix = own[: size - math.ceil(SIMILARITY * size) + 1]
        seen: set[int] = set()
        for place, gram in enumerate(prefix):
            for other, other_size, other_rest in self._postings[gram]:
                # the first shared 3-gram stands at ``place``: only those behind it can be shared as well
                if other in seen or min(size - place, other_rest) < MIN_SHARE * (size + other_size):
                    continue
                seen.add(other)
                if _is_similar(own, self._grams[other]):
                    return other
        for place, gram in enumerate(prefix):
            if len(self._postings[gram]) < MAX_POSTINGS:
                self._postings[gram].append((position, size, size - place))
        return position


def _rarest_first(keys: Sequence[str]) -> list[tuple[int, ...]]:
    """Return the 3-grams of each key as numbers, the rarest first."""
    counts = Counter(gram for text in keys for gram in _grams(text))
    ranks = {gram: rank for rank, (gram, _) in enumerate(sorted(counts.items(), key=lambda item: (item[1], item[0])))}
    return [tuple(sorted(ranks[gram] for gram in _grams(text))) for text in keys]


def _grams(text: str) -> set[str]:
    return {text[i : i + 3] for i in range(max(len(text) - 2, 1))}


def _is_similar(left: tuple[int, ...], right: tuple[int, ...]) -> bool:
    shared = len(set(left).intersection(right))
    return shared >= SIMILARITY * (len(left) + len(right) - shared)
