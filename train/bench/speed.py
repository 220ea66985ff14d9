"""How long an epoch takes in each way, interleaved, and how much of it is padding. Knows clocks, not libraries."""

import statistics
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model.base import Base
from train.bench import paths
from train.bench.paths import Epoch, Work
from train.recipe import Recipe
from train.samples import Sample

SAME = 1e-4
"""Summed losses that differ by a smaller share are the same work."""
ROWS_AT_ONCE = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """One way: the least and the median of its epochs in CPU seconds, its padding, the loss of an epoch."""

    name: str
    min_cpu_s: float
    median_cpu_s: float
    waste: float
    nats: float

    def to_json(self, ours: "Pace") -> dict[str, Any]:
        """Return the row; ``ratio`` is what ours takes of it."""
        return {
            "path": self.name,
            "cpu_s_min": round(self.min_cpu_s, 3),
            "cpu_s_median": round(self.median_cpu_s, 3),
            "waste": round(self.waste, 4),
            "nats": round(self.nats, 3),
            "is_equal_work": abs(self.nats - ours.nats) <= SAME * abs(ours.nats),
            "ratio": round(ours.min_cpu_s / self.min_cpu_s, 3),
        }


def measure(base: Base, recipe: Recipe, rows: Sequence[Sample], rounds: int) -> list[Pace]:
    """Return ours, the original's way and TRL's where it is installed. The first epoch of each is not counted."""
    with tempfile.TemporaryDirectory() as scratch:
        work = Work(base=base, recipe=recipe, rows=rows, batch=ROWS_AT_ONCE, scratch=Path(scratch))
        made = {"ours": paths.ours(work), "article": paths.article(work), "TRL SFTTrainer": paths.trl(work)}
        ways: dict[str, Callable[[], Epoch]] = {name: way for name, way in made.items() if way}
        for way in ways.values():
            way()
        taken: dict[str, list[Epoch]] = {name: [] for name in ways}
        for _ in range(rounds):
            for name, way in ways.items():
                taken[name].append(way())
    num_tokens = sum(map(len, rows))
    return [_pace(name, epochs, num_tokens) for name, epochs in taken.items()]


def _pace(name: str, epochs: Sequence[Epoch], num_tokens: int) -> Pace:
    seconds = [epoch.cpu_s for epoch in epochs]
    return Pace(
        name=name,
        min_cpu_s=min(seconds),
        median_cpu_s=statistics.median(seconds),
        waste=1 - num_tokens / epochs[0].num_slots,
        nats=epochs[0].nats,
    )
