"""The bars of training: what must hold of ours, what is expected to fail of the original, and whether it did.

Knows thresholds and how report cards are read. Does not know how they came about.
"""

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Card = Mapping[str, Mapping[str, Any]]
"""The metrics of one checkpoint, as in report.json."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """``of`` reads one figure from a card, None where it was not measured; the mean over seeds must keep the limit."""

    name: str
    limit: float
    is_floor: bool
    of: Callable[[Card], float | None]

    def read(self, cards: Sequence[Card]) -> "Reading":
        """Return mean and range over the seeds."""
        values = [value for value in map(self.of, cards) if value is not None]
        mean = statistics.mean(values) if values else None
        has_held = mean is not None and (mean >= self.limit if self.is_floor else mean <= self.limit)
        return Reading(self, tuple(values), mean, has_held)


@dataclass(frozen=True, slots=True)
class Reading:
    """A bar beside what was measured."""

    bar: Bar
    values: tuple[float, ...]
    mean: float | None
    has_held: bool

    def to_json(self) -> dict[str, Any]:
        """Return the row of the table."""
        return {
            "bar": self.bar.name,
            "limit": f"{'>=' if self.bar.is_floor else '<='} {self.bar.limit:g}",
            "mean": None if self.mean is None else round(self.mean, 4),
            "min": round(min(self.values), 4) if self.values else None,
            "max": round(max(self.values), 4) if self.values else None,
            "has_held": self.has_held,
        }


def value(id_: str) -> Callable[[Card], float | None]:
    """Return what reads a metric's value."""
    return lambda card: card[id_]["value"] if id_ in card else None


def to_base(id_: str) -> Callable[[Card], float | None]:
    """Return what reads a metric as a share of the base's."""
    return lambda card: card[id_]["value"] / card[id_]["base"] if card.get(id_, {}).get("base") else None


def _general_loss(card: Card) -> float | None:
    """Return how many nats a token more than the base neutral sentences cost."""
    return math.log(card["G3"]["value"]) if "G3" in card else None


OURS = (
    Bar(name="G1 to base", limit=0.95, is_floor=True, of=to_base("G1")),
    Bar(name="G2 to base", limit=0.8, is_floor=True, of=to_base("G2")),
    Bar(name="G2 later to base", limit=0.8, is_floor=True, of=to_base("G2_later")),
    Bar(name="general loss, nats more", limit=0.15, is_floor=False, of=_general_loss),
    Bar(name="S1 plain form", limit=0.9, is_floor=True, of=value("S1")),
    Bar(name="D3 stops", limit=0.98, is_floor=True, of=value("D3")),
    Bar(name="D1 runs of five", limit=0.02, is_floor=False, of=value("D1")),
    Bar(name="M1 extraction gap", limit=0.05, is_floor=False, of=value("M1")),
    Bar(name="M1 extraction gap, bare beginnings", limit=0.05, is_floor=False, of=value("M1_bare")),
    Bar(name="M2 copies", limit=0.05, is_floor=False, of=value("M2")),
    Bar(name="S4 style distance, base = 1", limit=0.5, is_floor=False, of=value("S4")),
)

ARTICLE = (
    Bar(name="the article forgets: G1 to base", limit=0.5, is_floor=False, of=to_base("G1")),
    Bar(name="the article recites: M1", limit=0.3, is_floor=True, of=value("M1")),
    Bar(name="the article recites bare beginnings: M1", limit=0.3, is_floor=True, of=value("M1_bare")),
)


def waste_bar(waste: float) -> Reading:
    """Return the bar of padding on chat samples."""
    return _single("padding on chat samples", waste, limit=0.1)


def flag_bar(*, is_flagged: bool, exit_code: int) -> Reading:
    """Return the bar of a run without anchors: a look flagged it in time, and the command ended with 1."""
    bar = Bar(name="without anchors: flagged by step 20, exit 1", limit=1.0, is_floor=True, of=lambda _: None)
    return Reading(bar, (), float(is_flagged and exit_code == 1), is_flagged and exit_code == 1)


def cost_bars(seconds: float, tune_s: float, peak_bytes: float) -> list[Reading]:
    """Return the bars of the first run, which has the machine for itself."""
    return [
        _single("data, tuning and report, s", seconds, limit=180.0),
        _single("tuning alone, s", tune_s, limit=60.0),
        _single("peak memory, GB", peak_bytes / 1e9, limit=2.0),
    ]


def pace_bars(paces: Sequence[Mapping[str, Any]]) -> list[Reading]:
    """Return the bars of an epoch's cost beside the other ways; a way that could not run has no figure."""
    rows = {row["path"]: row for row in paces}
    return [
        _single("CPU s an epoch to the article's way", _ratio(rows, "article"), limit=0.5),
        _single("CPU s an epoch to TRL's", _ratio(rows, "TRL SFTTrainer"), limit=1.0),
    ]


def _single(name: str, figure: float | None, *, limit: float) -> Reading:
    return Bar(name=name, limit=limit, is_floor=False, of=lambda _: figure).read([{}])


def _ratio(rows: Mapping[str, Mapping[str, Any]], path: str) -> float | None:
    row = rows.get(path)
    return row["ratio"] if row and row["is_equal_work"] else None
