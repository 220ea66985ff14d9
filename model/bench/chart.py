"""Draws what `senpai bench serve` found. Knows rows of its table and matplotlib. Does not measure."""

from pathlib import Path
from typing import Any

from matplotlib.figure import Figure


def draw(rows: list[dict[str, Any]], path: Path, *, title: str) -> None:
    """Write a PNG: tokens per CPU second over the number of people who ask, one line an engine."""
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    for engine in dict.fromkeys(row["engine"] for row in rows):
        own = [row for row in rows if row["engine"] == engine]
        axes.plot(
            [row["concurrency"] for row in own], [row["tokens_per_cpu_s"] for row in own], marker="o", label=engine
        )
    axes.set_xscale("log", base=2)
    counts = sorted({row["concurrency"] for row in rows})
    axes.set_xticks(counts, [str(count) for count in counts])
    axes.set(title=title, xlabel="answers at once", ylabel="tokens per CPU second", ylim=(0, None))
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=120)
