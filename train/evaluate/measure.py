"""One figure of the report card with its uncertainty. Knows intervals and tests, not what was counted."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from model.wilson import interval

NUM_RESAMPLES = 1000
DECIMALS = 4

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A value with its 95 % interval; all the rest where it is known.

    ``base`` is the base's value, ``p`` how probable so large a difference from the base is by chance, ``own`` the value
    of the persona's own lines, ``band`` where the value would lie if there were no difference to the persona's lines,
    ``num`` how many observations it rests on.
    """

    value: float
    low: float | None = None
    high: float | None = None
    base: float | None = None
    num: int | None = None
    p: float | None = None
    own: float | None = None
    band: tuple[float, float] | None = None

    def beside(self, base: "Measure | None") -> "Measure":
        """Return this measure with the base's value next to it, where it does not carry one already."""
        return replace(self, base=base.value) if base and self.base is None else self

    def to_dict(self) -> dict[str, float | list[float] | None]:
        """Return the entry of report.json; what is beyond the contract's four keys stands there when it is known."""
        always = {"value": self.value, "low": self.low, "high": self.high, "base": self.base}
        where_known = {"num": self.num, "p": self.p, "own": self.own}
        found: dict[str, float | list[float] | None] = {name: _rounded(number) for name, number in always.items()}
        found |= {name: _rounded(number) for name, number in where_known.items() if number is not None}
        if self.band:
            found["band"] = [round(edge, DECIMALS) for edge in self.band]
        return found


def _rounded(number: float | None) -> float | None:
    return number if number is None or isinstance(number, int) else round(number, DECIMALS)


def share(hits: int, total: int) -> Measure:
    """Return hits / total with Wilson's 95 % interval. Of nothing, the share is 0 .. 1."""
    if not total:
        return Measure(value=0.0, low=0.0, high=1.0, num=0)
    low, high = interval(hits, total)
    return Measure(value=hits / total, low=low, high=high, num=total)


def difference(first: Measure, second: Measure) -> Measure:
    """Return the first share minus the second, with Newcombe's interval out of Wilson's (1998, method 10)."""
    value = first.value - second.value
    below = math.hypot(first.value - _low(first), _high(second) - second.value)
    above = math.hypot(_high(first) - first.value, second.value - _low(second))
    return Measure(value=value, low=max(-1.0, value - below), high=min(1.0, value + above), num=first.num)


def _low(one: Measure) -> float:
    return one.value if one.low is None else one.low


def _high(one: Measure) -> float:
    return one.value if one.high is None else one.high


def resamples(num: int, seed: int = 0) -> NDArray[np.int64]:
    """Return 1000 bootstrap draws of ``num`` positions with replacement: (1000, num)."""
    return np.random.default_rng(seed).integers(0, num, (NUM_RESAMPLES, num))


def bootstrapped(value: float, draws: Numbers, num: int) -> Measure:
    """Return ``value`` with the percentile interval of its bootstrap ``draws``."""
    low, high = np.percentile(draws, (2.5, 97.5))
    return Measure(value=value, low=float(min(low, value)), high=float(max(high, value)), num=num)


def ratio(numerators: Sequence[float], denominators: Sequence[float]) -> Measure:
    """Return sum / sum with its bootstrap interval over the pairs."""
    above, below = np.asarray(numerators, float), np.asarray(denominators, float)
    drawn = resamples(len(above))
    return bootstrapped(float(above.sum() / below.sum()), above[drawn].sum(1) / below[drawn].sum(1), len(above))


def mcnemar(before: Sequence[bool], after: Sequence[bool]) -> float:
    """Return the exact two-sided p of McNemar's test (1947): could as many have changed one way by chance alone?"""
    lost = sum(was and not is_ for was, is_ in zip(before, after, strict=True))
    won = sum(is_ and not was for was, is_ in zip(before, after, strict=True))
    num = lost + won
    tail = sum(math.comb(num, few) for few in range(min(lost, won) + 1))
    return min(1.0, math.ldexp(tail, 1 - num))
