"""What a report draws: lines and bars, as numbers.

Knows which figures of a run and which texts belong into which picture. Does not know how a picture is made: the page
has them as SVG (`train.report_svg`), READMEs as PNG (`train.report_png`).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from train.report_words import WORDS, Words

NUM_ENDINGS = 8
NO_SIGN = ""
KNOWN = ("G1", "G2", "G2_later")
SIGNS = frozenset("〜！？ーwｗ笑草…。!?♪")

Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One curve."""

    name: Words
    points: Points


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """Curves over one axis. ``is_share``: y goes from 0 to 1; ``marked``: the x that was chosen."""

    name: str
    x_label: Words
    y_label: Words
    lines: tuple[Line, ...]
    is_share: bool = False
    marked: float | None = None
    first_x: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """Shares by category, one bar for each group; the category "" is everything without a sign."""

    name: str
    categories: tuple[str, ...]
    groups: tuple[tuple[Words, tuple[float, ...]], ...]


def losses(steps: Sequence[Mapping[str, Any]]) -> Plot | None:
    """Return training loss and held-out loss over the steps of a run."""
    held_out = _over_steps(steps, lambda line: line.get("held_out"))
    trained = _over_steps(steps, lambda line: line.get("loss"))
    lines = [Line(WORDS["line_training"], trained), Line(WORDS["line_held_out"], held_out)]
    return _plot("loss", WORDS["nats"], lines)


def knowledge(steps: Sequence[Mapping[str, Any]]) -> Plot | None:
    """Return what was known and what was learnt by heart over the steps of a run."""
    found = [Line(WORDS[f"line_{id_}"], _over_steps(steps, _metric(id_))) for id_ in (*KNOWN, "M3")]
    return _plot("knowledge", WORDS["share"], found, is_share=True)


def strength(steps: Sequence[Mapping[str, Any]]) -> Plot | None:
    """Return style and knowledge over the strengths of the adapter that were tried, with the chosen one marked."""
    tried = sorted((line for line in steps if "strength" in line), key=lambda line: line["strength"])
    if len(tried) < 2:
        return None
    style = tuple((line["strength"], line["style"]) for line in tried if line.get("style") is not None)
    lines = [Line(WORDS["line_style"], style)]
    for id_ in KNOWN:
        points = tuple((line["strength"], line["metrics"][id_]) for line in tried if id_ in line["metrics"])
        lines.append(Line(WORDS[f"line_{id_}"], points))
    chosen = [line["strength"] for line in tried if line.get("is_chosen")]
    return Plot(
        name="strength",
        x_label=WORDS["x_strength"],
        y_label=WORDS["share"],
        lines=tuple(line for line in lines if line.points),
        is_share=True,
        marked=chosen[0] if chosen else None,
        first_x=tried[0]["strength"],
    )


def endings(groups: Mapping[Words, Sequence[str]]) -> Bars | None:
    """Return how often texts end with which sign, for each group by its name; the first group's commonest signs."""
    said = {name: [_ending(text) for text in texts if text] for name, texts in groups.items()}
    said = {name: ends for name, ends in said.items() if ends}
    if len(said) < 2:
        return None
    commonest = Counter(end for ends in said.values() for end in ends).most_common(NUM_ENDINGS)
    first = next(iter(said.values()))
    categories = tuple(sorted((end for end, _ in commonest), key=lambda end: -first.count(end)))
    shares = tuple((name, tuple(ends.count(end) / len(ends) for end in categories)) for name, ends in said.items())
    return Bars(name="endings", categories=categories, groups=shares)


def _plot(name: str, y_label: Words, lines: Sequence[Line], *, is_share: bool = False) -> Plot | None:
    kept = tuple(line for line in lines if len(line.points) > 1)
    return Plot(name=name, x_label=WORDS["x_step"], y_label=y_label, lines=kept, is_share=is_share) if kept else None


def _over_steps(steps: Sequence[Mapping[str, Any]], figure: Any) -> Points:
    return tuple((line["step"], value) for line in steps if "step" in line and (value := figure(line)) is not None)


def _metric(id_: str) -> Any:
    return lambda line: line.get("metrics", {}).get(id_) if "film" in line else None


def _ending(text: str) -> str:
    return text[-1] if text[-1] in SIGNS else NO_SIGN
