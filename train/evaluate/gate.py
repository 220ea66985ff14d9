"""The conditions a checkpoint must pass before it may answer. Knows thresholds and their reasons, not how to measure.

The thresholds are those of docs/training.md. A metric that was not measured is not asked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from train.evaluate.measure import Measure

KEPT_KNOWLEDGE = 0.95
KEPT_IN_PERSONA = 0.8
MIN_IN_PERSONA = 0.5
MOST = {"M1": 0.05, "M2": 0.05, "D1": 0.02}
LEAST = {"D3": 0.98}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Ids of the metrics that failed; none of them means passed."""

    failed: tuple[str, ...]

    @property
    def has_passed(self) -> bool:
        return not self.failed


def judge(tuned: Mapping[str, Measure], base: Mapping[str, Measure]) -> Verdict:
    """Hold the tuned model's measures against the thresholds and against those of its base."""
    floors = LEAST | _knowledge(base)
    low = [name for name, floor in floors.items() if name in tuned and tuned[name].value < floor]
    high = [name for name, most in MOST.items() if name in tuned and tuned[name].value > most]
    return Verdict(tuple(sorted(low + high)))


def _knowledge(base: Mapping[str, Measure]) -> dict[str, float]:
    if "G1" not in base or "G2" not in base:
        return {}
    bare, masked = base["G1"].value, base["G2"].value
    return {"G1": KEPT_KNOWLEDGE * bare, "G2": max(KEPT_IN_PERSONA * masked, MIN_IN_PERSONA * bare)}
