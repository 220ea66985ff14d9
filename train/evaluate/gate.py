"""The conditions a checkpoint must pass before it may answer. Knows thresholds and their reasons, not how to measure.

The thresholds are those of docs/training.md. A metric that was not measured is not asked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from train.evaluate.measure import Measure

KEPT_KNOWLEDGE = 0.95
KEPT_IN_PERSONA = 0.8
MIN_IN_PERSONA = 0.5
MOST = {"G3": 1.15, "M1": 0.05, "M2": 0.05, "D1": 0.02}
LEAST = {"D3": 0.98}
PLAINLY = {
    "G1": "general knowledge was forgotten",
    "G2": "general knowledge is not at hand when speaking as the persona",
    "G2_later": "general knowledge is lost as soon as something else was talked about",
    "G3": "ordinary sentences became strange to it",
    "M1": "training lines can be drawn out word for word",
    "M2": "replies are copied from the data",
    "D1": "replies run on in one character",
    "D3": "replies do not end by themselves",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One condition: a metric's value and the limit it was held against."""

    id: str
    value: float
    limit: float
    is_floor: bool

    @property
    def has_passed(self) -> bool:
        return self.value >= self.limit if self.is_floor else self.value <= self.limit

    @property
    def excess(self) -> float:
        """How far the value is on the wrong side, as a share of the limit; 0 where it passed."""
        return 0.0 if self.has_passed else abs(self.value - self.limit) / max(self.limit, 1e-9)

    def sentence(self) -> str:
        """Return what failed in plain words: the metric, what it means, value and limit."""
        asked = "at least" if self.is_floor else "at most"
        return f"{self.id} ({PLAINLY[self.id]}: {self.value:.3f}, {asked} {self.limit:.3f} is asked)"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Ids of the metrics that failed; none of them means passed. ``checks`` are all conditions that could be asked."""

    failed: tuple[str, ...]
    checks: tuple[Check, ...] = ()

    @property
    def has_passed(self) -> bool:
        return not self.failed

    @property
    def violation(self) -> float:
        """How far all conditions together are from being met; the smaller, the nearer to passing."""
        return sum(check.excess for check in self.checks)

    def reasons(self) -> tuple[str, ...]:
        """Return one phrase for each failed condition."""
        return tuple(check.sentence() for check in self.checks if not check.has_passed)


def judge(tuned: Mapping[str, Measure], base: Mapping[str, Measure]) -> Verdict:
    """Hold the tuned model's measures against the thresholds and against those of its base."""
    floors = LEAST | _knowledge(base)
    limits = {id_: (limit, True) for id_, limit in floors.items()} | {
        id_: (limit, False) for id_, limit in MOST.items()
    }
    checks = tuple(
        Check(id=id_, value=tuned[id_].value, limit=limit, is_floor=is_floor)
        for id_, (limit, is_floor) in sorted(limits.items())
        if id_ in tuned
    )
    return Verdict(tuple(check.id for check in checks if not check.has_passed), checks)


def _knowledge(base: Mapping[str, Measure]) -> dict[str, float]:
    if "G1" not in base or "G2" not in base:
        return {}
    bare, masked = base["G1"].value, base["G2"].value
    floors = {"G1": KEPT_KNOWLEDGE * bare, "G2": max(KEPT_IN_PERSONA * masked, MIN_IN_PERSONA * bare)}
    return floors | ({"G2_later": KEPT_IN_PERSONA * base["G2_later"].value} if "G2_later" in base else {})
