"""Describes a data set in numbers: what was read, kept, dropped and masked, source by source.

Knows counts alone. Does not know how they came about.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from pydantic import BaseModel, ConfigDict

from train.utterance import Utterance

CHARS_PER_BIN = 10
MAX_BIN_CHARS = 200


class SourceCard(BaseModel):
    """``read == kept + sum(dropped.values())``."""

    model_config = ConfigDict(frozen=True)

    source: str
    format: str
    sha256: str
    read: int
    kept: int
    dropped: dict[str, int]
    masked: dict[str, int]


class Histograms(BaseModel):
    """How many utterances have a length (``"10-19"`` characters) and a year (``"2023"``)."""

    model_config = ConfigDict(frozen=True)

    chars: dict[str, int]
    years: dict[str, int]


class Card(BaseModel):
    """A data set in numbers, as `senpai data build --json` prints it."""

    model_config = ConfigDict(frozen=True)

    sources: list[SourceCard]
    speaker: str | None
    num_utterances: int
    num_chars: int
    held_out: list[str]
    histograms: Histograms
    hash: str


def source_card(source: SourceCard, *, num_kept: int, reasons: Iterable[str], kinds: Iterable[str]) -> SourceCard:
    """Return the card of ``source`` counted anew; ``reasons`` and ``kinds`` are those of its drops and masks."""
    dropped = Counter(reasons)
    return source.model_copy(
        update={
            "read": num_kept + dropped.total(),
            "kept": num_kept,
            "dropped": dict(sorted(dropped.items())),
            "masked": dict(sorted(Counter(kinds).items())),
        }
    )


def histograms(utterances: Sequence[Utterance]) -> Histograms:
    bins = Counter(min(len(utterance.text), MAX_BIN_CHARS) // CHARS_PER_BIN for utterance in utterances)
    years = Counter(utterance.said_at.year for utterance in utterances if utterance.said_at)
    return Histograms(
        chars={_bin_name(number): bins[number] for number in sorted(bins)},
        years={str(year): years[year] for year in sorted(years)},
    )


def _bin_name(number: int) -> str:
    first = number * CHARS_PER_BIN
    return f"{first}+" if first >= MAX_BIN_CHARS else f"{first}-{first + CHARS_PER_BIN - 1}"
