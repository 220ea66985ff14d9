"""The shelf as the console shows it, read from its JSON files. Knows the files of a checkpoint; changes none.

The bot may not know `model.shelf`; what it reads here is part of the contract of a checkpoint's folder.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.shelf import MANIFEST, manifest_of

REPORT = "report.html"
_NAME = re.compile(r"[^./\\][^/\\]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelved:
    """One checkpoint, as its manifest describes it."""

    name: str
    base: str
    method: str
    gate: str
    gate_failed: tuple[str, ...]
    created_at: datetime
    metrics: Mapping[str, Any]
    is_current: bool
    has_report: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One line of the shelf's history."""

    at: datetime
    who: str
    to: str
    is_forced: bool


def shelved(home: Path, current: str) -> list[Shelved]:
    """Return every checkpoint whose manifest can be read, newest first."""
    found = []
    for path in (home / "checkpoints").glob(f"*/{MANIFEST}"):
        if not path.parent.name.startswith("."):
            try:
                found.append(_read(path, current))
            except (OSError, ValueError, KeyError):
                continue
    return sorted(found, key=lambda each: each.created_at, reverse=True)


def _read(path: Path, current: str) -> Shelved:
    manifest = manifest_of(path.parent)
    return Shelved(
        name=manifest["name"],
        base=manifest["base"],
        method=manifest["method"],
        gate=manifest["gate"],
        gate_failed=tuple(manifest.get("gate_failed", ())),
        created_at=datetime.fromisoformat(manifest["created_at"]),
        metrics=manifest.get("metrics", {}),
        is_current=manifest["name"] == current,
        has_report=(path.parent / "report" / REPORT).is_file(),
    )


def changes(home: Path, most: int = 10) -> list[Change]:
    """Return the latest changes of the current checkpoint, newest first."""
    try:
        lines = (home / "checkpoints" / "history.jsonl").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    entries = [json.loads(line) for line in reversed(lines[-most:]) if line]
    return [
        Change(
            at=datetime.fromisoformat(entry["at"]),
            who=entry["who"],
            to=entry["to"],
            is_forced=entry.get("forced", False),
        )
        for entry in entries
    ]


def report_file(home: Path, name: str, file: str) -> Path | None:
    """Return a file of a checkpoint's report; None when there is none or the names lead elsewhere."""
    if not (_NAME.fullmatch(name) and _NAME.fullmatch(file)):
        return None
    path = home / "checkpoints" / name / "report" / file
    return path if path.is_file() else None
