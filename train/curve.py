"""Draws the losses of a run. Knows lines and axes; does not know how they were measured."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

LABELS = {"loss": "training loss", "held_out": "held-out loss"}


def draw(metrics: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Write ``path`` as PNG: nats a token over steps, one line for each loss that was measured."""
    figure = Figure(figsize=(7, 3.5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot(xlabel="step", ylabel="nats / token")
    for name, label in LABELS.items():
        points = [(line["step"], line[name]) for line in metrics if line.get(name) is not None]
        if points:
            axes.plot(*zip(*points, strict=True), label=label, marker="." if len(points) < 40 else "")
    axes.grid(alpha=0.3)
    if axes.lines:
        axes.legend()
    figure.savefig(path, dpi=120, metadata={"Software": None})
