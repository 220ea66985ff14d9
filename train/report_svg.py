"""Draws lines and bars as inline SVG. Knows coordinates; colours and letters are the page's own (light or dark)."""

import math
from collections.abc import Iterator, Sequence

from markupsafe import Markup, escape

from train.report_plots import Bars, Plot
from train.report_words import WORDS, Words

WIDTH, HEIGHT = 440.0, 224.0
LEFT, RIGHT, TOP, BOTTOM = 38.0, 8.0, 40.0, 34.0
NUM_TICKS = 4
LEGEND_ROW = 15.0
LANGUAGES = ("ja", "en")
"""Classes of which the page shows one."""


def draw(chart: Plot | Bars, title: Words) -> Markup:
    """Return one ``<svg>`` in both languages, with ``title`` for those who cannot see it."""
    inside = _lines(chart) if isinstance(chart, Plot) else _bars(chart)
    label = escape(" / ".join(title))
    return Markup(f'<svg viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" aria-label="{label}">{"".join(inside)}</svg>')


def _lines(plot: Plot) -> Iterator[str]:
    xs = [x for line in plot.lines for x, _ in line.points]
    ys = [y for line in plot.lines for _, y in line.points]
    across = _Scale(plot.first_x, max(xs), LEFT, WIDTH - RIGHT)
    low, high = (min(0.0, *ys), 1.0) if plot.is_share else (0.0, max(ys) * 1.05)
    down = _Scale(low, high, HEIGHT - BOTTOM, TOP)
    yield from _grid(across, down)
    yield from _said(WIDTH - RIGHT, HEIGHT - 4, plot.x_label, "end")
    yield from _legend([line.name for line in plot.lines])
    if plot.marked is not None:
        x = across.at(plot.marked)
        yield f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>'
    for place, line in enumerate(plot.lines):
        path = " ".join(f"{across.at(x):.1f},{down.at(y):.1f}" for x, y in line.points)
        yield f'<polyline class="line c{place}" points="{path}"/>'
        if len(line.points) <= 40:
            yield from (
                f'<circle class="dot c{place}" cx="{across.at(x):.1f}" cy="{down.at(y):.1f}" r="2.4"/>'
                for x, y in line.points
            )


def _bars(bars: Bars) -> Iterator[str]:
    highest = max(share for _, shares in bars.groups for share in shares) or 1.0
    down = _Scale(0.0, highest * 1.05, HEIGHT - BOTTOM, TOP)
    yield from _levels(down)
    yield from _legend([name for name, _ in bars.groups])
    room = (WIDTH - LEFT - RIGHT) / len(bars.categories)
    width = room * 0.76 / len(bars.groups)
    for column, category in enumerate(bars.categories):
        start = LEFT + room * (column + 0.12)
        sign = (category, category) if category else WORDS["no_sign"]
        yield from _said(LEFT + room * (column + 0.5), HEIGHT - BOTTOM + 15, sign, "middle")
        for place, (_, shares) in enumerate(bars.groups):
            top = down.at(shares[column])
            yield (
                f'<rect class="bar c{place}" x="{start + place * width:.1f}" y="{top:.1f}" '
                f'width="{width * 0.92:.1f}" height="{HEIGHT - BOTTOM - top:.1f}"/>'
            )


class _Scale:
    """From values to coordinates."""

    def __init__(self, low: float, high: float, start: float, end: float) -> None:
        self.low, self.high = low, high if high > low else low + 1
        self._start, self._end = start, end

    def at(self, value: float) -> float:
        return self._start + (value - self.low) / (self.high - self.low) * (self._end - self._start)

    def ticks(self) -> list[float]:
        """Return round values, about four of them."""
        rough = (self.high - self.low) / NUM_TICKS
        size = 10 ** math.floor(math.log10(rough))
        step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= rough)
        first = math.ceil(self.low / step)
        return [number * step for number in range(first, math.floor(self.high / step + 1e-9) + 1)]


def _grid(across: _Scale, down: _Scale) -> Iterator[str]:
    yield from _levels(down)
    for value in across.ticks():
        yield _text(across.at(value), HEIGHT - BOTTOM + 15, f"{value:g}", "middle")


def _levels(down: _Scale) -> Iterator[str]:
    for value in down.ticks():
        y = down.at(value)
        yield f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield _text(LEFT - 5, y + 4, f"{value:g}", "end")


def _legend(names: Sequence[Words]) -> Iterator[str]:
    for language, own in zip(LANGUAGES, zip(*names, strict=True), strict=True):
        x, y = LEFT, 7.0
        yield f'<g class="{language}">'
        for place, name in enumerate(own):
            width = 30 + sum(11 if ord(char) > 0x2E80 else 6.2 for char in name)
            if x > LEFT and x + width - 16 > WIDTH:
                x, y = LEFT, y + LEGEND_ROW
            yield f'<rect class="bar c{place}" x="{x:.1f}" y="{y:.1f}" width="10" height="10"/>'
            yield _text(x + 14, y + 9, name, "start")
            x += width
        yield "</g>"


def _said(x: float, y: float, words: Words, anchor: str) -> Iterator[str]:
    """Yield a text in each language, once where both say the same."""
    if len(set(words)) == 1:
        yield _text(x, y, words[0], anchor)
        return
    for language, text in zip(LANGUAGES, words, strict=True):
        yield f'<g class="{language}">{_text(x, y, text, anchor)}</g>'


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
