"""Finds texts that say nearly the same: Jaccard similarity of their character 3-grams.

Exact, without sampling: an inverted index over the rarest 3-grams of each text (prefix filtering; Bayardo, Ma and
Srikant 2007, "Scaling up all pairs similarity search"). Knows texts alone.
"""

import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

SIMILARITY = 0.8
MAX_OF_A_KIND = 2
"""How many near duplicates stay: a catch-phrase is style."""
_LAUGH = re.compile(r"w{2,}|w$|\(笑\)|笑$|[^\w]|[ー_]")


def key(text: str) -> str:
    """Return what makes ``text`` the same as another: its letters and digits, without laughing and symbols."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _LAUGH.sub("", folded) or folded


def clusters(keys: Sequence[str]) -> list[int]:
    """Return for each key the position of the first key it is nearly the same as (its own when there is none)."""
    grams = list(_rarest_first(keys))
    index: defaultdict[int, list[int]] = defaultdict(list)
    heads = list(range(len(keys)))
    for position, own in enumerate(grams):
        prefix = own[: len(own) - math.ceil(SIMILARITY * len(own)) + 1]
        candidates = sorted({other for gram in prefix for other in index[gram]})
        similar = next((other for other in candidates if _is_similar(own, grams[other])), None)
        if similar is not None:
            heads[position] = heads[similar]
        for gram in prefix:
            index[gram].append(position)
    return heads


def _rarest_first(keys: Sequence[str]) -> Iterator[tuple[int, ...]]:
    """Yield the 3-grams of each key as numbers, the rarest first."""
    counts = Counter(gram for text in keys for gram in _grams(text))
    ranks = {gram: rank for rank, (gram, _) in enumerate(sorted(counts.items(), key=lambda item: (item[1], item[0])))}
    for text in keys:
        yield tuple(sorted(ranks[gram] for gram in _grams(text)))


def _grams(text: str) -> set[str]:
    return {text[i : i + 3] for i in range(max(len(text) - 2, 1))}


def _is_similar(left: tuple[int, ...], right: tuple[int, ...]) -> bool:
    shorter, longer = sorted((len(left), len(right)))
    if shorter < SIMILARITY * longer:
        return False
    shared = len(set(left).intersection(right))
    return shared >= SIMILARITY * (len(left) + len(right) - shared)
