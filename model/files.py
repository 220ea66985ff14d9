"""Files that appear whole: written beside, down to the disk, renamed. Standard library only; knows no contents."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Yield a path beside ``path`` that takes its place, also after a power cut, when the block ends without an error.

    Whatever happens, nothing is left beside it.
    """
    beside = staged_for(path)
    try:
        yield beside
        sync(beside)
        beside.replace(path)
        sync(path.parent)
    finally:
        beside.unlink(missing_ok=True)


def write_beside(path: Path, text: str) -> None:
    """Write ``path`` so that a reader sees the old text or the new one, also after a power cut."""
    with whole(path) as beside:
        beside.write_text(text, encoding="utf-8")


def stage(path: Path, text: str) -> Path:
    """Write beside ``path`` what is to take its place, down to the disk; renaming it needs no space any more."""
    beside = staged_for(path)
    try:
        beside.write_text(text, encoding="utf-8")
        sync(beside)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    return beside


def staged_for(path: Path) -> Path:
    """Return where what is to take the place of ``path`` is written."""
    return path.with_name(f".{path.name}.partial")


def sync(path: Path) -> None:
    """Bring a file, or a folder's names, down to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
