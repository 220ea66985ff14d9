"""Reads and writes review.tsv: one row for each thing masked, and for each thing dropped by judgement.

Knows the columns and the actions. Does not know how an action is carried out.

| action | of a mask | of a dropped utterance |
|---|---|---|
| ``mask`` | the replacement stays (as built) | |
| ``keep`` | the original words come back | the utterance comes back |
| ``edit`` | what stands in the column ``replacement`` now is used | the same, as its text |
| ``drop`` | the whole utterance is dropped | it stays dropped (as built) |
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from train.clean import Mask
from train.utterance import Dropped

ACTIONS = ("mask", "keep", "edit", "drop")
DROPPED_KIND = "dropped:"
FINAL_REASONS = frozenset(
    {"retweet", "other_speaker", "speaker_unknown", "edited_later", "empty", "only_a_link", "noise"}
)
"""What was dropped for these reasons is not the persona's word, or no word at all: not for review."""
REVIEWER = "reviewer"
"""The reason for what a reviewer dropped."""


MAX_SHOWN_CHARS = 200
_PLACE = re.compile(r"(text|parent):(\d+)-(\d+)")


class ReviewError(Exception):
    """review.tsv says something that cannot be done; names the line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """``at`` is where the replacement stands, as ``text:5-7`` or ``parent:0-4``; empty where nothing returns."""

    id: str
    kind: str
    span: str
    replacement: str
    action: str
    at: str = ""

    @property
    def place(self) -> tuple[str, int, int] | None:
        """Field, start and end of what stands in the text now."""
        match = _PLACE.fullmatch(self.at)
        return (match[1], int(match[2]), int(match[3])) if match else None

    @property
    def first_action(self) -> str:
        """What is written before anybody has reviewed."""
        return "drop" if self.dropped_reason else "mask"

    @property
    def is_masked(self) -> bool:
        """Whether something is masked in the data set because of this row."""
        return self.dropped_reason is None and self.action != "keep"

    @property
    def dropped_reason(self) -> str | None:
        """Why the utterance was dropped, when the row is about that."""
        return self.kind.removeprefix(DROPPED_KIND) if self.kind.startswith(DROPPED_KIND) else None


def mask_rows(masks: Iterable[Mask]) -> Iterator[Row]:
    for mask in masks:
        at = "" if mask.start is None else f"{mask.field}:{mask.start}-{mask.start + len(mask.replacement)}"
        yield Row(id=mask.id, kind=mask.kind, span=mask.span, replacement=mask.replacement, action="mask", at=at)


def dropped_rows(dropped: Iterable[Dropped]) -> Iterator[Row]:
    for drop in dropped:
        if drop.reason not in FINAL_REASONS:
            text = " ".join(drop.utterance.text[:MAX_SHOWN_CHARS].split())
            yield Row(id=drop.utterance.id, kind=DROPPED_KIND + drop.reason, span=text, replacement="", action="drop")


def write_rows(path: Path, rows: Iterable[Row]) -> None:
    names = [field.name for field in fields(Row)]
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, delimiter="\t", lineterminator="\n")
        table.writerow(names)
        table.writerows([getattr(row, name) for name in names] for row in rows)


def read_rows(path: Path) -> Sequence[Row]:
    """Read the rows back, after a human may have edited them. Raises ReviewError."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        table = csv.DictReader(file, delimiter="\t")
        try:
            return list(_rows(table, path))
        except csv.Error as error:
            raise ReviewError(
                f"{path}, line {table.line_num}: expected columns with tabs between, but {error}."
            ) from None


def _rows(table: "csv.DictReader[str]", path: Path) -> Iterator[Row]:
    names = [field.name for field in fields(Row)]
    for entry in table:
        if any(entry.get(name) is None for name in names):
            raise ReviewError(
                f"{path}, line {table.line_num}: expected the columns {', '.join(names)} with tabs between."
            )
        row = Row(**{name: entry[name] for name in names})
        if row.action not in ACTIONS:
            raise ReviewError(
                f"{path}, line {table.line_num}: the action {row.action} is none of {', '.join(ACTIONS)}."
            )
        yield row
