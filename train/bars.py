"""Progress in the terminal, on stderr: bars, and below them a table of every look at the model so far.

Knows how progress looks; does not know what is being done.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.table import Table
from rich.text import Text

SHOWN_METRICS = ("G1", "G2", "G3", "M1", "M3", "D1", "D3", "S1")
MAX_FILM_CHARS = 24


class _BarsAndTable(Bars):
    """Bars with one more thing below them."""

    below: RenderableType | None = None

    def get_renderables(self) -> Iterable[RenderableType]:
        yield self.make_tasks_table(self.tasks)
        if self.below is not None:
            yield self.below


class ShownProgress:
    """Progress as bars on stderr, one for each stage, and one table of looks."""

    def __init__(self, bars: _BarsAndTable) -> None:
        self._bars = bars
        self._bar: TaskID | None = None
        self._looks: list[Mapping[str, Any]] = []

    def stage(self, name: str, total: int) -> None:
        """Begin a bar below the others; before the first nothing is shown, so that a refusal stands alone."""
        self._bars.start()
        self._bar = self._bars.add_task(name, total=total, figures="")

    def advance(self, **figures: float) -> None:
        """Move the newest bar by one step."""
        if self._bar is not None:
            shown = "  ".join(f"{name} {value:.3f}" for name, value in figures.items())
            self._bars.update(self._bar, advance=1, figures=shown)

    def look(self, line: Mapping[str, Any]) -> None:
        """Add a row to the table."""
        self._looks.append(line)
        self._bars.below = table(self._looks)


def table(looks: Iterable[Mapping[str, Any]]) -> Table:
    """Return looks as a table: what failed stands out, and the reply to the question about the capital stands last.

    Eighty columns hold every figure whole; verdict and reply take the lines they need.
    """
    shown = Table(header_style="", box=None, padding=(0, 1, 0, 0), pad_edge=False)
    for figure in ("step", "held-out", *SHOWN_METRICS):
        shown.add_column(figure, no_wrap=True)
    shown.add_column("gate", overflow="fold")
    shown.add_column("日本の首都は", overflow="fold")
    for line in looks:
        failed = line["failed"]
        held_out = "-" if line["held_out"] is None else f"{line['held_out']:.3f}"
        figures = (_figure(id_, line["metrics"], failed) for id_ in SHOWN_METRICS)
        verdict = Text(f"failed {', '.join(failed)}", "red") if failed else Text("ok", "green")
        shown.add_row(str(line["step"]), held_out, *figures, verdict, Text(line["film"][:MAX_FILM_CHARS]))
    return shown


def _figure(id_: str, metrics: Mapping[str, float], failed: Iterable[str]) -> Text:
    return Text(f"{metrics[id_]:.2f}" if id_ in metrics else "-", "red" if id_ in failed else "")


@contextmanager
def shown_progress() -> Iterator[ShownProgress]:
    """Show bars while inside; nothing goes to stdout."""
    columns = (
        TextColumn("{task.description:>12}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[figures]}"),
    )
    bars = _BarsAndTable(*columns, console=Console(stderr=True))
    try:
        yield ShownProgress(bars)
    finally:
        if bars.live.is_started:
            bars.stop()
