"""S5, the two-sample test: can a classifier tell replies from the persona's own lines?

Knows ridge regression and permutations. Does not know models. Chance is an AUC of 0.5; how far from it chance alone can
lead depends on how few lines there are, so the band of permuted labels stands beside the value.
"""

import random
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from train.evaluate.grams import counted
from train.evaluate.measure import Measure, Numbers

LONGEST = 2
NUM_FOLDS = 5
NUM_PERMUTATIONS = 400
RIDGE = 10.0
MIN_LINES = 10


def told_apart(replies: Sequence[str], lines: Sequence[str], seed: int = 0) -> Measure | None:
    """Return the five-fold AUC of ridge regression on which 1- and 2-grams occur, equally many texts of each side.

    ``num`` is the number of texts a side, ``band`` the middle 95 % of permuted labels, ``p`` the share of permutations
    that reach the value. The interval is that of Hanley and McNeil (1982). None below ten lines a side.
    """
    num = min(len(replies), len(lines))
    if num < MIN_LINES:
        return None
    rng = random.Random(seed)
    present = counted([*rng.sample(replies, num), *rng.sample(lines, num)], LONGEST) > 0
    labels = np.repeat([1.0, -1.0], num)
    folds = np.tile(np.arange(num) % NUM_FOLDS, 2)
    kinds = np.column_stack([labels, _permuted(labels, folds, seed)])  # (2 num, 1 + permutations)
    value, *chance = _areas(present.astype(np.float64), kinds, folds)
    low, high = np.percentile(chance, (2.5, 97.5))
    reached = sum(other >= value for other in chance)
    spread = 1.96 * _standard_error(value, num)
    return Measure(
        value=value,
        low=max(0.0, value - spread),
        high=min(1.0, value + spread),
        num=num,
        p=(1 + reached) / (1 + NUM_PERMUTATIONS),
        band=(float(low), float(high)),
    )


def _permuted(labels: Numbers, folds: NDArray[np.int64], seed: int) -> Numbers:
    """Return labels shuffled within each fold, so that every fold keeps as many of each: (2 num, permutations)."""
    rng = np.random.default_rng(seed)
    shuffled = np.tile(labels[:, None], NUM_PERMUTATIONS)
    for fold in range(NUM_FOLDS):
        shuffled[folds == fold] = rng.permuted(shuffled[folds == fold], axis=0)
    return shuffled


def _areas(rows: Numbers, kinds: Numbers, folds: NDArray[np.int64]) -> list[float]:
    """Return the mean AUC over the folds for each column of ``kinds``; one factorisation serves them all."""
    centred = rows - rows.mean(0)
    kernel = centred @ centred.T
    found = np.zeros(kinds.shape[1])
    for fold in range(NUM_FOLDS):
        inside, out = folds != fold, folds == fold
        regular = kernel[np.ix_(inside, inside)] + RIDGE * np.eye(int(inside.sum()))
        scores = kernel[np.ix_(out, inside)] @ np.linalg.solve(regular, kinds[inside])
        found += _area(scores, kinds[out] > 0)
    return [float(area) for area in found / NUM_FOLDS]


def _area(scores: Numbers, is_first: NDArray[np.bool_]) -> Numbers:
    """Return how often one of the first kind scores above one of the second, ties counted half, a column each."""
    above = np.sign(scores[:, None, :] - scores[None, :, :]) / 2 + 0.5
    pairs = is_first[:, None, :] & ~is_first[None, :, :]
    area: Numbers = (above * pairs).sum((0, 1)) / pairs.sum((0, 1))
    return area


def _standard_error(area: float, num: int) -> float:
    one, two = area / (2 - area), 2 * area * area / (1 + area)
    spread = area * (1 - area) + (num - 1) * (one - area * area + two - area * area)
    return float(np.sqrt(max(0.0, spread))) / num
