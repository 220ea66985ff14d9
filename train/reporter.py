"""Sends a run's figures on to a tracker, through the tracker's own library: numbers alone, never a word that was said.

Knows how three libraries are told a number. Does not know what the numbers mean; the run's own metrics.jsonl is written
in any case.
"""

import importlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, Protocol

Tracker = Literal["none", "trackio", "tensorboard", "wandb"]
PROJECT = "senpai-bot"


class ReporterError(ValueError):
    """A tracker cannot be used; the message says what to install."""


class Reporter(Protocol):
    """Takes numbers by name, step after step."""

    def log(self, step: int, figures: Mapping[str, float]) -> None:
        """Pass them on."""


class Quiet:
    """Passes nothing on."""

    def log(self, step: int, figures: Mapping[str, float]) -> None:
        pass


class _Board:
    """TensorBoard's own writer."""

    def __init__(self, writer: Any) -> None:
        self._writer = writer

    def log(self, step: int, figures: Mapping[str, float]) -> None:
        for name, figure in figures.items():
            self._writer.add_scalar(name, figure, step)


class _Calls:
    """trackio and W&B, which are called alike."""

    def __init__(self, library: Any) -> None:
        self._library = library

    def log(self, step: int, figures: Mapping[str, float]) -> None:
        self._library.log(dict(figures), step=step)


def library_of(tracker: Tracker) -> Any:
    """Return the tracker's library, None for no tracker. Raises ReporterError when it is not installed."""
    if tracker == "none":
        return None
    try:
        return importlib.import_module("torch.utils.tensorboard" if tracker == "tensorboard" else tracker)
    except ImportError:
        raise ReporterError(f"{tracker} is not installed: pip install {tracker}, or leave --report-to out.") from None


@contextmanager
def reporter(library: Any, *, name: str, folder: Path, recipe: Mapping[str, Any]) -> Iterator[Reporter]:
    """Yield the reporter of a run called ``name``; TensorBoard's files go below ``folder``."""
    if library is None:
        yield Quiet()
    elif hasattr(library, "SummaryWriter"):
        with library.SummaryWriter(str(folder / "tensorboard")) as writer:
            yield _Board(writer)
    else:
        library.init(project=PROJECT, name=name, config=dict(recipe))
        try:
            yield _Calls(library)
        finally:
            library.finish()


def numbers(line: Mapping[str, Any]) -> dict[str, float]:
    """Return the numbers of one line of metrics.jsonl, those of a table by the table's name and their own."""
    flat = {
        f"{table}/{name}": value for table, row in line.items() if isinstance(row, dict) for name, value in row.items()
    }
    return {
        name: value for name, value in {**line, **flat}.items() if isinstance(value, int | float) and name != "step"
    }
