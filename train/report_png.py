"""Draws lines and bars as PNG, for READMEs, in English. Knows matplotlib; does not know what is drawn."""

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from train.report_plots import Bars, Plot

SIGN_NAMES = {
    "〜": "wave dash",
    "！": "!",
    "？": "?",
    "ー": "long",
    "笑": "laugh",
    "草": "grass",
    "。": "stop",
    "♪": "note",
    "": "none",
}
"""matplotlib's own font has no Japanese."""


def draw(chart: Plot | Bars, path: Path) -> None:
    """Write ``chart`` as ``path``."""
    figure = Figure(figsize=(7, 3.5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    _lines(chart, axes) if isinstance(chart, Plot) else _bars(chart, axes)
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=120, metadata={"Software": None})


def _lines(plot: Plot, axes: Axes) -> None:
    for line in plot.lines:
        axes.plot(*zip(*line.points, strict=True), label=line.name[1], marker="." if len(line.points) < 40 else "")
    if plot.marked is not None:
        axes.axvline(plot.marked, linestyle=":", label="chosen")
    axes.set(xlabel=plot.x_label[1], ylabel=plot.y_label[1])


def _bars(bars: Bars, axes: Axes) -> None:
    width = 0.8 / len(bars.groups)
    for place, (name, shares) in enumerate(bars.groups):
        axes.bar([column + place * width for column in range(len(shares))], shares, width, label=_plain(name[1]))
    middle = (len(bars.groups) - 1) * width / 2
    axes.set_xticks(
        [column + middle for column in range(len(bars.categories))], [_plain(sign) for sign in bars.categories]
    )
    axes.set(ylabel="share of the texts", xlabel="last sign")


def _plain(name: str) -> str:
    return SIGN_NAMES.get(name, name if name.isascii() else "the checkpoint")
