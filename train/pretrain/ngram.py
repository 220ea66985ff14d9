"""A character n-gram model with interpolated Kneser-Ney smoothing: what the neural model must beat.

Knows characters and counts. Does not know tokens, documents or where text comes from.
Source: Kneser and Ney 1995; discounts per order as in Chen and Goodman 1999, D = n1 / (n1 + 2 n2).
"""

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

BITS = 12
"""Bits of one character in a packed n-gram: five fit into 64."""
BOUNDARY, UNKNOWN = 0, 1
KNOWN_CHARS = (1 << BITS) - 2
UNKNOWN_CHARS = 4000
"""An unknown character is one of about this many (the rest of JIS X 0208): its probability is shared among them."""

Grams = NDArray[np.uint64]


class KneserNey:
    """Trained on texts; gives the loss of other texts, each of them ending with one boundary."""

    def __init__(self, texts: Sequence[str], order: int = 5) -> None:
        frequent = Counter(char for text in texts for char in text).most_common(KNOWN_CHARS)
        self._ids = {char: index + 2 for index, (char, _) in enumerate(frequent)}
        self.order = order
        self._levels = _levels(self.grams(texts), order)

    def loss(self, texts: Sequence[str]) -> float:
        """Return the summed negative log-likelihood in nats, ends of texts included."""
        return self.loss_of(self.grams(texts))

    def loss_of(self, grams: Grams) -> float:
        """Return the summed loss of predicting each gram's last character from the others."""
        probability = np.full(len(grams), 1.0 / (len(self._ids) + 2))
        for length, level in enumerate(self._levels, start=1):
            probability = level.interpolated(_suffix(grams, length), probability)
        unknown = int((_suffix(grams, 1) == UNKNOWN).sum())
        return float(-np.log(probability).sum()) + unknown * math.log(UNKNOWN_CHARS)

    def grams(self, texts: Sequence[str]) -> Grams:
        """Pack every position with its context: (positions,) uint64, the predicted character in the lowest bits."""
        padding = [BOUNDARY] * (self.order - 1)
        flat: list[int] = []
        for text in texts:
            flat += padding
            flat += [self._ids.get(char, UNKNOWN) for char in text]
        ids = np.array([*flat, *padding], dtype=np.uint64)
        packed = np.zeros(len(ids) - self.order + 1, dtype=np.uint64)
        for offset in range(self.order):
            packed = (packed << np.uint64(BITS)) | ids[offset : offset + len(packed)]
        predicted: Grams = packed[_suffix(packed, 2) != 0]  # a boundary after a boundary is padding
        return predicted


class _Level:
    """Counts of one order: a discounted share of what was seen, the rest to the order below."""

    def __init__(self, grams: Grams, counts: NDArray[np.int64]) -> None:
        self._grams, self._counts = grams, counts
        contexts = grams >> np.uint64(BITS)
        self._contexts, first = np.unique(contexts, return_index=True)
        self._totals = np.add.reduceat(counts, first)
        self._kinds = np.diff(np.append(first, len(grams)))
        once, twice = int((counts == 1).sum()), int((counts == 2).sum())
        self._discount = once / (once + 2 * twice) if once else 0.5

    def interpolated(self, grams: Grams, below: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probability of each gram's last character, given the probability of the order below."""
        count = _found(self._grams, self._counts, grams)
        contexts = grams >> np.uint64(BITS)
        total = _found(self._contexts, self._totals, contexts)
        kinds = _found(self._contexts, self._kinds, contexts)
        seen = np.maximum(total, 1)
        mixed = np.maximum(count - self._discount, 0) / seen + self._discount * kinds / seen * below
        return np.where(total > 0, mixed, below)


def _levels(grams: Grams, order: int) -> list[_Level]:
    """Count raw grams at the highest order and distinct left neighbours below it, lowest order first."""
    kept, counts = np.unique(grams, return_counts=True)
    levels = [_Level(kept, counts)]
    for length in range(order - 1, 0, -1):
        kept, counts = np.unique(_suffix(kept, length), return_counts=True)
        levels.append(_Level(kept, counts))
    return levels[::-1]


def _suffix(grams: Grams, length: int) -> Grams:
    masked: Grams = grams & np.uint64((1 << (BITS * length)) - 1)
    return masked


def _found(keys: Grams, values: NDArray[np.int64], wanted: Grams) -> NDArray[np.int64]:
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[at] == wanted, values[at], 0)
