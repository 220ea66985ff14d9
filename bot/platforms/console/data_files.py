"""A data folder as the console shows it: its card, its review table, its consent. Knows the contract of the folder.

The review is carried out by `senpai data review --apply`, the same code as on the command line: what is decided here is
written into the columns of review.tsv that a person would edit.
"""

import asyncio
import csv
import json
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.platforms.console.senpai_command import CommandFailed, senpai
from model.files import whole

REVIEW = "review.tsv"
ALLOWED = "allow.txt"
DROPPED_KIND = "dropped:"
NUM_ENDINGS = 15
ENDING_CHARS = 2


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to become of one row of the review: its action, and for ``edit`` the new words."""

    action: str
    replacement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFolder:
    """What the page shows of a data folder."""

    card: Mapping[str, Any]
    endings: Mapping[str, int]
    consent: Mapping[str, Any]
    review: Sequence[Mapping[str, str]]


def read_folder(folder: Path) -> DataFolder:
    """Read everything the page shows. Blocks: a large folder takes a while."""
    return DataFolder(
        card=card_of(folder),
        endings=dict(endings(folder).most_common(NUM_ENDINGS)),
        consent=consent_of(folder),
        review=review_rows(folder),
    )


def data_folders(home: Path) -> list[str]:
    """Return the names of the data folders below ``home``."""
    return sorted(card.parent.name for card in (home / "data").glob("*/card.json"))


def card_of(folder: Path) -> dict[str, Any]:
    """Return the card; empty when it cannot be read."""
    try:
        card: dict[str, Any] = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return card


def endings(folder: Path) -> Counter[str]:
    """Count the last characters of every utterance: how this person ends sentences."""
    lines = (folder / "utterances.jsonl").read_text(encoding="utf-8").splitlines()
    return Counter(json.loads(line)["text"].strip()[-ENDING_CHARS:] for line in lines)


def consent_of(folder: Path) -> dict[str, Any]:
    """Return the fields of the consent; empty when there is none."""
    try:
        return tomllib.loads((folder / "consent.toml").read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        return {}


def review_rows(folder: Path) -> list[dict[str, str]]:
    """Return the rows of the review table, each with its ``number``."""
    try:
        with (folder / REVIEW).open(encoding="utf-8-sig", newline="") as file:
            rows = [dict(row) for row in csv.DictReader(file, delimiter="\t")]
    except OSError:
        return []
    return [{**row, "number": str(number)} for number, row in enumerate(rows)]


async def decide(home: Path, folder: Path, decisions: Mapping[int, Decision]) -> dict[str, Any]:
    """Write decisions into the table, carry them out and return the new card.

    Raises CommandFailed, and leaves the table as it was then.
    """
    path = folder / REVIEW
    before = await asyncio.to_thread(_note, path, decisions)
    try:
        card: dict[str, Any] = await senpai(home, "data", "review", str(folder), "--apply")
    except CommandFailed:
        await asyncio.to_thread(path.write_bytes, before)
        raise
    return card


def _note(path: Path, decisions: Mapping[int, Decision]) -> bytes:
    """Write decisions into the table; return what it was before."""
    before, rows = path.read_bytes(), review_rows(path.parent)
    for number, decision in decisions.items():
        rows[number] |= {"action": decision.action, "replacement": decision.replacement}
    _write(path, rows)
    return before


def always_keep(home: Path, folder: Path, word: str) -> dict[int, Decision]:
    """Put a word on the list of what is never masked, and return the decisions that bring it back in this folder.

    Blocks. The list is ``allow.txt`` in SENPAI_HOME, for `senpai data build --allow`.
    """
    path = home / ALLOWED
    known = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    if word not in known:
        path.write_text("".join(f"{line}\n" for line in [*known, word]), encoding="utf-8")
    masked = (row for row in review_rows(folder) if row["span"] == word and not row["kind"].startswith(DROPPED_KIND))
    return {int(row["number"]): Decision("keep", row["replacement"]) for row in masked if row["at"]}


def _write(path: Path, rows: Sequence[Mapping[str, str]]) -> None:
    names = [name for name in rows[0] if name != "number"]
    with whole(path) as beside, beside.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, names, delimiter="\t", lineterminator="\n", extrasaction="ignore")
        table.writeheader()
        table.writerows(rows)
