"""Progress as bars in the terminal, on stderr. Knows how progress looks; does not know what is being done."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars


class ShownProgress:
    """Progress as bars on stderr, one for each stage."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._bar: TaskID | None = None

    def stage(self, name: str, total: int) -> None:
        """Begin a bar below the others."""
        self._bar = self._bars.add_task(name, total=total, figures="")

    def advance(self, **figures: float) -> None:
        """Move the newest bar by one step."""
        if self._bar is not None:
            shown = "  ".join(f"{name} {value:.3f}" for name, value in figures.items())
            self._bars.update(self._bar, advance=1, figures=shown)


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
    with Bars(*columns, console=Console(stderr=True)) as bars:
        yield ShownProgress(bars)
