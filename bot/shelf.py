"""The shelf as its files tell it: which checkpoint was chosen, and what a manifest says. Changes nothing.

Knows the contract of ``HOME/checkpoints``; the bot may not know `model.shelf`, which keeps it.
"""

import json
from pathlib import Path
from typing import Any

CURRENT, MANIFEST = "current", "manifest.json"


def chosen(shelf: Path) -> str | None:
    """Return the name in ``current``; None before anything was chosen."""
    try:
        return (shelf / CURRENT).read_text(encoding="utf-8").strip() or None
    except FileNotFoundError:
        return None


def manifest_of(folder: Path) -> dict[str, Any]:
    """Return a checkpoint's manifest. Raises OSError, or ValueError for one that is no JSON object."""
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    if not isinstance(manifest, dict):
        raise ValueError(f"{folder / MANIFEST} is no JSON object.")
    return manifest
