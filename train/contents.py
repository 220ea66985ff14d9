"""Writes the files of a data folder and reads them back.

Knows how utterances, what was dropped and the review stand on the disk. Does not know what they mean.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from train.review_table import Row, read_rows, write_rows
from train.utterance import Dropped, Utterance

UTTERANCES = "utterances.jsonl"
DROPPED = "dropped.jsonl"
REVIEW = "review.tsv"
CONSENT = "consent.toml"


class DatasetError(Exception):
    """A folder is no data set, or there is nothing to make one of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """Everything a data folder holds but its card. ``consent`` is the text of the consent.toml, if there is one."""

    utterances: Sequence[Utterance]
    dropped: Sequence[Dropped]
    rows: Sequence[Row]
    consent: str | None = None

    def write(self, path: Path) -> None:
        """Write the files into the folder ``path``."""
        (path / UTTERANCES).write_bytes(json_lines(self.utterances))
        (path / DROPPED).write_bytes(json_lines(self.dropped))
        write_rows(path / REVIEW, self.rows)
        if self.consent is not None:
            (path / CONSENT).write_text(self.consent, encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> "Contents":
        """Read the files in the folder ``path``. Raises DatasetError or ReviewError."""
        utterances = read_utterances(path)
        try:
            dropped = [Dropped(Utterance.from_dict(fields), fields["reason"]) for fields in _read_jsonl(path / DROPPED)]
            consent = path / CONSENT
            return cls(
                utterances=utterances,
                dropped=dropped,
                rows=read_rows(path / REVIEW),
                consent=consent.read_text(encoding="utf-8") if consent.exists() else None,
            )
        except (OSError, KeyError, ValueError) as error:
            raise DatasetError(f"{path} is not a whole data set ({error}); build it again.") from None


def read_utterances(path: Path) -> tuple[Utterance, ...]:
    """Read the utterances of the data folder ``path``. Raises DatasetError."""
    try:
        return tuple(Utterance.from_dict(fields) for fields in _read_jsonl(path / UTTERANCES))
    except (OSError, KeyError, ValueError) as error:
        raise DatasetError(f"{path} is not a whole data set ({error}); make one with: senpai data build.") from None


def json_lines(entries: Iterable[Utterance | Dropped]) -> bytes:
    return "".join(json.dumps(entry.to_dict(), ensure_ascii=False) + "\n" for entry in entries).encode()


def _read_jsonl(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]
