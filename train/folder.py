"""Makes a folder appear whole or not at all: written beside, flushed to the disk, renamed.

Knows files. Does not know what is in them.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from model.files import sync


class FolderTaken(Exception):
    """The folder to be written exists and holds something else."""


@contextmanager
def whole_folder(path: Path, mark: str) -> Iterator[Path]:
    """Yield an empty folder beside ``path`` that takes its place when the block ends without an error.

    An existing ``path`` is replaced when it is empty or holds the file ``mark``.

    Raises:
        FolderTaken: ``path`` is a file, or a folder with other things in it.
    """
    check_free(path, mark)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    beside.chmod(0o755)
    try:
        yield beside
        for file in beside.iterdir():
            sync(file)
        _swap(beside, path)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def check_free(path: Path, mark: str) -> None:
    """Raise FolderTaken unless `whole_folder` may write ``path``."""
    if path.exists() and not path.is_dir():
        raise FolderTaken(f"{path} is a file; name a folder that does not exist yet.")
    if path.is_dir() and any(path.iterdir()) and not (path / mark).is_file():
        raise FolderTaken(f"{path} holds other files and no {mark}; name another folder or empty this one.")


def _swap(beside: Path, path: Path) -> None:
    if not path.exists():
        beside.rename(path)
        return
    old = beside.with_name(beside.name + ".old")
    path.rename(old)
    beside.rename(path)
    shutil.rmtree(old)
