"""S4, the style distance: how far replies are from the persona's held-out lines, on a scale the data itself sets.

Knows n-gram distributions and draws. Does not know models. The bare Jensen-Shannon distance of few lines is large even
between two handfuls of one author's lines, and the fewer the larger; so 0 is what the author's own training lines reach
against the held-out ones at the same number of lines, and 1 is what the base's replies reach.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from train.evaluate.grams import counted
from train.evaluate.measure import NUM_RESAMPLES, Measure, Numbers

LONGEST = 3
NUM_DRAWS = 200
MIN_LINES = 10
CHUNK = 100

Table = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tables:
    """One row of gram counts a text."""

    replies: Table
    base: Table
    training: Table
    held_out: Table


def style_distance(
    replies: Sequence[str], *, base: Sequence[str], training: Sequence[str], held_out: Sequence[str]
) -> Measure | None:
    """Return S4 with a bootstrap interval over the replies and the band in which the author's own lines lie.

    None where fewer than ten lines stand on a side, or where the base writes no further from the persona than the
    persona itself, so that there is no scale.
    """
    num = min(len(replies), len(base), len(training))
    if min(num, len(held_out)) < MIN_LINES:
        return None
    tables = _split(counted([*replies, *base, *training, *held_out], LONGEST), replies, base, training)
    rng = np.random.default_rng(0)
    target = tables.held_out.sum(0)
    own, far, near = (_drawn(side, num, target, rng) for side in (tables.training, tables.base, tables.replies))
    scale = float(far.mean() - own.mean())
    if scale <= 0:
        return None
    value = float(near.mean() - own.mean()) / scale
    below, above = _spread(tables.replies, num, target, rng, scale)
    band = _spread(tables.training, num, target, rng, scale)
    return Measure(value=value, low=value + below, high=value + above, base=1.0, num=num, band=band)


def _split(table: Table, *sides: Sequence[str]) -> _Tables:
    replies, base, training, held_out = np.split(table, np.cumsum([len(side) for side in sides]))
    return _Tables(replies=replies, base=base, training=training, held_out=held_out)


def _drawn(side: Table, num: int, target: Table, rng: np.random.Generator) -> Numbers:
    """Return the distances of 200 draws of ``num`` lines, without replacement: (200,)."""
    weights = np.zeros((NUM_DRAWS, len(side)), np.float32)
    for row in weights:
        row[rng.permutation(len(side))[:num]] = 1
    return _distances(weights, side, target)


def _spread(side: Table, num: int, target: Table, rng: np.random.Generator, scale: float) -> tuple[float, float]:
    """Return where 95 % of 1000 bootstrap draws lie around their mean, which itself is too far: they repeat lines."""
    weights = rng.multinomial(num, np.full(len(side), 1 / len(side)), NUM_RESAMPLES).astype(np.float32)
    found = _distances(weights, side, target)
    below, above = np.percentile(found - found.mean(), (2.5, 97.5)) / scale
    return float(below), float(above)


def _distances(weights: Table, side: Table, target: Table) -> Numbers:
    parts = [_js_distances(weights[start : start + CHUNK] @ side, target) for start in range(0, len(weights), CHUNK)]
    return np.concatenate(parts)


def _js_distances(counts: Table, target: Table) -> Numbers:
    """Return the square roots of the Jensen-Shannon divergences in bits, one a row of ``counts``."""
    first = counts / counts.sum(1, keepdims=True)
    second = target / target.sum()
    middle = (first + second) / 2
    bits = _entropies(middle) - (_entropies(first) + _entropies(second[None])) / 2
    return np.sqrt(np.clip(bits, 0, None)).astype(np.float64)


def _entropies(shares: Table) -> Table:
    logs = np.log2(shares, out=np.zeros_like(shares), where=shares > 0)
    found: Table = -(shares * logs).sum(1)
    return found
