"""Remembers what a work folder was made with, so that nobody goes on with something else. Knows names and values."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from model.files import write_beside

SETTINGS = "settings.json"


class OtherSettings(ValueError):
    """A work folder that was made with something else, in one sentence."""


def agree(work: Path, settings: Mapping[str, object]) -> None:
    """Write the settings down on the first call.

    Raises:
        OtherSettings: an earlier call wrote another value of one of them.
    """
    path = work / SETTINGS
    if not path.exists():
        write_beside(path, json.dumps(dict(settings), indent=1) + "\n")
        return
    made_with = json.loads(path.read_text(encoding="utf-8"))
    for name, value in settings.items():
        if made_with.get(name) != value:
            told = f"{work} was made with {name} {made_with.get(name)}, this is {value}"
            raise OtherSettings(f"{told}; ask for the same, or name another work folder.")


def digest(paths: Iterable[Path]) -> str:
    """Return a short name of what is in these files, in whatever order they are named; empty for no file."""
    contents = sorted(hashlib.blake2b(path.read_bytes(), digest_size=8).hexdigest() for path in paths)
    return "-".join(contents)
