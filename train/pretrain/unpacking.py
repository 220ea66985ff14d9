"""Finds the corpora: in a folder, or in the archive they come in. Knows the names of files, not what is in them."""

import subprocess
from pathlib import Path

from train.folder import whole_folder
from train.pretrain.corpus import SOURCES

FOLDER = "corpora"
ARCHIVES = "*.tar.zst"


class CorporaError(ValueError):
    """Corpora that cannot be read, in one sentence."""


def unpacked(given: Path, work: Path) -> Path:
    """Return the folder that holds every file of the corpora.

    ``given`` is that folder, an archive of its files (.tar.zst) or a folder with one such archive, which is unpacked
    into ``work`` on the first call.

    Raises:
        CorporaError: files are missing, or the archive cannot be unpacked.
    """
    if not missing(given):
        return given
    archives = sorted(given.glob(ARCHIVES)) if given.is_dir() else [given]
    if len(archives) != 1:
        names = ", ".join(missing(given))
        raise CorporaError(f"{given} lacks {names}; name the folder that has them, or their archive (.tar.zst).")
    folder = work / FOLDER
    if missing(folder):
        _unpack(archives[0], folder)
    return folder


def missing(folder: Path) -> list[str]:
    """Return the files of the corpora that a folder lacks."""
    return [source.file for source in SOURCES if not (folder / source.file).is_file()]


def _unpack(archive: Path, folder: Path) -> None:
    with whole_folder(folder, mark=SOURCES[0].file) as beside:
        command = ["tar", "--zstd", "-xf", str(archive), "-C", str(beside)]
        try:
            subprocess.run(command, check=True, capture_output=True, text=True)
        except (OSError, subprocess.CalledProcessError) as error:
            told = str(getattr(error, "stderr", "") or error).strip().splitlines()[0]
            raise CorporaError(f"{archive} cannot be unpacked: {told}") from None
        if names := missing(beside):
            raise CorporaError(f"{archive} lacks {', '.join(names)} at its top level.")
