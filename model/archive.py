"""A checkpoint as one zip file: written whole, read without trusting it.

Knows zip files and their paths. Does not know the shelf.
"""

import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from model.checkpoint import MANIFEST, Checkpoint, CheckpointError, read
from model.files import whole

_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


def pack(checkpoint: Checkpoint, to: Path) -> None:
    """Write the checkpoint below one top folder of its name. Raises OSError, with nothing left behind."""
    with whole(to) as beside, zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in [MANIFEST, *checkpoint.manifest.files]:
            archive.write(checkpoint.path / path, f"{checkpoint.name}/{path}")


def name_in(path: Path) -> str:
    """Return the name of the checkpoint in a zip file. Raises CheckpointError when there is none."""
    with _opened(path) as (archive, members), tempfile.TemporaryDirectory() as folder:
        if MANIFEST not in members:
            raise CheckpointError(f"{path} holds no {MANIFEST}: name a file that export wrote.")
        (Path(folder) / MANIFEST).write_bytes(archive.read(members[MANIFEST]))
        return read(Path(folder)).name


def unpack(path: Path, folder: Path) -> None:
    """Write the files of a zip file below ``folder``. Raises CheckpointError for damage and OSError for a full disk."""
    with _opened(path) as (archive, members):
        for relative, member in members.items():
            target = folder / relative
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(member) as source, target.open("wb") as sink:
                shutil.copyfileobj(source, sink)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[zipfile.ZipFile, dict[str, zipfile.ZipInfo]]]:
    """Yield the archive and its files by path below the top folder; damage found in reading is one sentence."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive, {_relative(info, path): info for info in archive.infolist() if not info.is_dir()}
    except FileNotFoundError:
        if path.exists():
            raise
        raise CheckpointError(f"{path} does not exist: name a file that export wrote.") from None
    except _DAMAGE as error:
        raise CheckpointError(f"{path} is no whole zip file ({error}): export the checkpoint again.") from None


def _relative(info: zipfile.ZipInfo, path: Path) -> str:
    """Return the path below the top folder. Raises CheckpointError for one that leads elsewhere."""
    parts = PurePosixPath(info.filename).parts
    if info.filename.startswith("/") or ".." in parts or "\\" in info.filename or len(parts) < 2:
        raise CheckpointError(f"{path} holds {info.filename!r}, which leads outside its folder: do not trust it.")
    return "/".join(parts[1:])
