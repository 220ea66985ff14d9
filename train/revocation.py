"""Takes back a consent: finds everything made from one person's words below SENPAI_HOME, and erases it.

Knows the shelf, data folders, runs and quantised copies. Does not know the worker or the bot's database. What is to go
is written down in ``revoked.jsonl`` before anything goes, so that a second call finishes what a killed one began; the
note stays, as the proof that it was asked for.
"""

import json
import os
import shutil
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from model.checkpoint import CONSENT, Checkpoint, CheckpointError, Kind, read
from model.consent import REVOKED
from model.shelf import Shelf


class RevocationError(ValueError):
    """Nothing is known of this person; the message names those of whom something is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces:
    """What was made from a person's words: checkpoints by name; folders of runs, data and quantised copies."""

    person: str
    checkpoints: tuple[str, ...]
    folders: tuple[Path, ...]

    def left(self, home: Path) -> list[str]:
        """Return what is still there."""
        there = [name for name in self.checkpoints if (Shelf(home).folder / name).exists()]
        return there + [str(path) for path in self.folders if path.exists() or _leaving(path).exists()]


def find(home: Path, who: str | None = None) -> Traces:
    """Return the traces of ``who``: a person, or the person behind a checkpoint, the current one when left out.

    What an earlier call noted is found again, also when it has gone. Raises RevocationError.
    """
    noted = list(_noted(home))
    on_shelf = dict(_people(Shelf(home).folder))
    asked = who or Shelf(home).current() or ""
    person = next(
        (n.person for n in reversed(noted) if asked in (n.person, *n.checkpoints)), on_shelf.get(asked, asked)
    )
    names = [name for name, owner in on_shelf.items() if owner == person]
    hashes, copies = _made_from(home, names)
    data = [
        path for path in _below(home / "data") if _person(path) == person or _json(path / "card.json", "hash") in hashes
    ]
    runs = [path for path in _below(home / "runs") if path.name in names or _is_run_of(path, hashes, data)]
    elsewhere = [
        path for run in runs if _is_data(path := Path(_json(run / "run.json", "data") or "/")) and path not in data
    ]
    before = [n for n in noted if n.person == person]
    traces = Traces(
        person=person,
        checkpoints=_once([*names, *(name for n in before for name in n.checkpoints)]),
        folders=_once([*runs, *data, *elsewhere, *copies, *(path for n in before for path in n.folders)]),
    )
    if not before and not traces.checkpoints and not traces.folders:
        known = ", ".join(sorted(set(on_shelf.values()))) or "nobody"
        raise RevocationError(
            f"Nothing below {home} was made from the words of {asked or 'anybody'}; known are: {known}."
        )
    return traces


def note(home: Path, traces: Traces) -> None:
    """Write down what is to go; it is on the disk before this returns."""
    entry = {
        "at": datetime.now(UTC).isoformat(),
        "person": traces.person,
        "checkpoints": traces.checkpoints,
        "folders": [str(path) for path in traces.folders],
    }
    with (home / REVOKED).open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry, ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())


def erase(home: Path, traces: Traces) -> None:
    """Take the checkpoints off the shelf, also the current one, and delete the folders."""
    for name in traces.checkpoints:
        Shelf(home).erase(name)
    for path in traces.folders:
        if path.exists():
            path.rename(_leaving(path))
        shutil.rmtree(_leaving(path), ignore_errors=True)


def _leaving(path: Path) -> Path:
    return path.with_name(f".{path.name}.revoked")


def _people(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield each checkpoint's name and the person behind it."""
    for path in _below(folder):
        if person := _person(path):
            yield path.name, person


def _made_from(home: Path, names: list[str]) -> tuple[set[str], list[Path]]:
    """Return the hashes of the data the checkpoints were made from, and where their quantised copies are."""
    checkpoints = [checkpoint for name in names if (checkpoint := _readable(Shelf(home).folder / name))]
    whole = [checkpoint for checkpoint in checkpoints if checkpoint.manifest.kind is Kind.FULL]
    return {checkpoint.manifest.data_hash for checkpoint in checkpoints}, [_copy(home, each) for each in whole]


def _copy(home: Path, checkpoint: Checkpoint) -> Path:
    from model.loader import base_of  # torch comes with it, and only whole models have copies

    return home / "bases" / base_of(checkpoint).hash().replace(":", "-")


def _readable(folder: Path) -> Checkpoint | None:
    try:
        return read(folder)
    except CheckpointError:
        return None


def _is_run_of(run: Path, hashes: set[str], data: list[Path]) -> bool:
    folder = _json(run / "run.json", "data")
    return _json(run / "run.json", "data hash") in hashes or folder in [str(path.resolve()) for path in data]


def _is_data(path: Path) -> bool:
    return (path / "card.json").is_file() and (path / "utterances.jsonl").is_file()


def _person(folder: Path) -> str | None:
    try:
        return str(tomllib.loads((folder / CONSENT).read_text(encoding="utf-8-sig"))["person"]).strip()
    except (OSError, ValueError, KeyError):
        return None


def _json(path: Path, key: str) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8")).get(key)
    except (OSError, ValueError):
        return None


def _below(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*") if path.is_dir() and not path.name.startswith("."))


def _noted(home: Path) -> Iterator[Traces]:
    lines = (home / REVOKED).read_text(encoding="utf-8").splitlines() if (home / REVOKED).exists() else []
    for line in lines:
        entry = json.loads(line)
        folders = tuple(Path(path) for path in entry["folders"])
        yield Traces(person=entry["person"], checkpoints=tuple(entry["checkpoints"]), folders=folders)


def _once(values: list[Any]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(values))
