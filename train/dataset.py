"""Builds a data folder out of exports, writes it whole, and reads it back.

Knows the order of the work. Does not know formats (`train.sources`), nor how a text is cleaned (`train.clean`).
"""

import hashlib
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pydantic

from model import consent as consents
from model.checkpoint import PERSONA
from model.consent import Consent
from train import folder, speakers
from train.card import Card, SourceCard, histograms, source_card
from train.clean import Cleaned, Cleaner, drop_duplicates
from train.contents import CONSENT, REVIEW, Contents, DatasetError, json_lines, read_utterances
from train.decisions import applied, carried_over
from train.names import FAMOUS, SudachiNames, read_words
from train.review_table import dropped_rows, mask_rows, read_rows
from train.scrub import Scrubber
from train.sources.detect import Source, open_source
from train.split import held_out
from train.utterance import Utterance

CARD = "card.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """A data folder, read. ``hash`` is the sha256 of utterances.jsonl; it names the data in manifests."""

    path: Path
    utterances: tuple[Utterance, ...]
    card: Card
    hash: str
    consent: Consent | None

    @property
    def held_out(self) -> tuple[Utterance, ...]:
        """What training never sees."""
        ids = frozenset(self.card.held_out)
        return tuple(utterance for utterance in self.utterances if utterance.id in ids)

    @property
    def training(self) -> tuple[Utterance, ...]:
        """What training sees."""
        ids = frozenset(self.card.held_out)
        return tuple(utterance for utterance in self.utterances if utterance.id not in ids)

    @property
    def speaker(self) -> str:
        """Whose words most of it is."""
        speakers = [utterance.speaker for utterance in self.training if utterance.speaker]
        return max(set(speakers), key=speakers.count) if speakers else self.card.speaker or "先輩"

    @property
    def sources(self) -> dict[str, str]:
        """The sha256 of each source by name, as `Consent.require` asks for them."""
        return {source.source: source.sha256 for source in self.card.sources}


def build(
    sources: Sequence[Path],
    *,
    speaker: str | None,
    out: Path,
    consent: Path | None = None,
    allow: Iterable[str] = (),
    deny: Iterable[str] = (),
    on_stage: Callable[[str], None] = lambda _stage: None,
) -> Card:
    """Turn exports into the data folder ``out`` and return its card. Nothing is written when anything is wrong.

    ``speaker`` is whose words count, where a source has several; ``allow`` names stay unmasked like the famous and
    the speaker's own, ``deny`` words are always masked; ``on_stage`` hears what is being done. What a reviewer decided
    in an earlier ``out`` is kept.

    Raises:
        BrokenSource, SpeakerUnknown, ConsentError, FolderTaken, DatasetError, ReviewError: in one sentence each.
    """
    folder.check_free(out, CARD)
    opened = []
    for path, name in zip(sources, source_names(sources), strict=True):
        on_stage(f"reading {name}")
        opened.append(open_source(path, name))
    speakers.pick(opened, speaker)
    if consent is not None:
        consents.load(consent).require(date.today(), sources={s.name: s.sha256 for s in opened})
    mentions = [f"@{name}" for source in opened for name in source.speakers]
    own_names = [name.strip() for name in (speaker or "").split(",")]
    scrubber = _scrubber([*allow, *own_names], [*deny, *mentions])
    cleaned = _clean(opened, speaker, scrubber, on_stage)
    if not cleaned.kept:
        raise DatasetError(f"None of {len(cleaned.dropped)} utterances is of use; check the sources and --speaker.")
    contents = Contents(
        utterances=cleaned.kept,
        dropped=cleaned.dropped,
        rows=[*mask_rows(cleaned.masks), *dropped_rows(cleaned.dropped)],
        consent=consent.read_text(encoding="utf-8-sig") if consent else None,
    )
    if (out / REVIEW).exists():
        contents = applied(carried_over(contents, read_rows(out / REVIEW)))
    on_stage("writing")
    return write(out, contents, [_uncounted(source) for source in opened], speaker)


def source_names(paths: Sequence[Path]) -> list[str]:
    """Return a short name for each path: its file name, or as much of the path as tells it from the others."""
    resolved = [path.resolve() for path in paths]
    if len(set(resolved)) < len(resolved):
        raise DatasetError("A source is named twice; name each one once.")
    names: list[str] = []
    for depth in range(1, max((len(path.parts) for path in resolved), default=0) + 1):
        names = [Path(*path.parts[-depth:]).as_posix() for path in resolved]
        if len(set(names)) == len(names):
            break
    return names


def write(out: Path, contents: Contents, sources: Iterable[SourceCard], speaker: str | None) -> Card:
    """Write the data folder ``out`` whole, in the place of the data set that may be there, and return its card.

    ``sources`` name what the contents come from; they are counted here.
    """
    card = Card(
        sources=[_counted(source, contents) for source in sources],
        speaker=speaker,
        num_utterances=len(contents.utterances),
        num_chars=sum(len(utterance.text) for utterance in contents.utterances),
        held_out=held_out(contents.utterances),
        histograms=histograms(contents.utterances),
        hash=hashlib.sha256(json_lines(contents.utterances)).hexdigest(),
    )
    with folder.whole_folder(out, CARD) as beside:
        contents.write(beside)
        if (out / PERSONA).exists():  # a person has corrected it: it outlives every build and review
            shutil.copyfile(out / PERSONA, beside / PERSONA)
        (beside / CARD).write_text(card.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return card


def read(path: Path) -> Dataset:
    """Read the data folder ``path``.

    Raises:
        DatasetError: it is not there, is not whole, or its utterances are not those the card describes.
        ConsentError: its consent.toml is not a consent.
    """
    card = read_card(path)
    utterances = read_utterances(path)
    digest = hashlib.sha256(json_lines(utterances)).hexdigest()
    return Dataset(
        path=path,
        utterances=utterances,
        card=card,
        hash=digest,
        consent=consents.load(path / CONSENT) if (path / CONSENT).exists() else None,
    )


def read_card(path: Path) -> Card:
    """Read the card of the data folder ``path``. Raises DatasetError."""
    try:
        return Card.model_validate_json((path / CARD).read_bytes())
    except (OSError, pydantic.ValidationError):
        raise DatasetError(
            f"{path} holds no data set ({CARD} is missing or broken); make one with: senpai data build."
        ) from None


def _scrubber(allow: Iterable[str], deny: Iterable[str]) -> Scrubber:
    return Scrubber(SudachiNames(), allow=[*read_words(FAMOUS), *allow], deny=deny)


def _clean(
    sources: Sequence[Source], speaker: str | None, scrubber: Scrubber, on_stage: Callable[[str], None]
) -> Cleaned:
    cleaner = Cleaner(scrubber)
    whole = Cleaned([], [], [])
    for source in sources:
        on_stage(f"cleaning {source.name}")
        cleaned = cleaner.clean(speakers.persona_only(source, speaker), source.max_chars)
        whole.kept.extend(cleaned.kept)
        whole.dropped.extend(cleaned.dropped)
        whole.masks.extend(cleaned.masks)
    on_stage("looking for duplicates")
    kept, duplicates = drop_duplicates(whole.kept)
    ids = {utterance.id for utterance in kept}
    return Cleaned(kept, [*whole.dropped, *duplicates], [mask for mask in whole.masks if mask.id in ids])


def _uncounted(source: Source) -> SourceCard:
    return SourceCard(
        source=source.name, format=source.format, sha256=source.sha256, read=0, kept=0, dropped={}, masked={}
    )


def _counted(source: SourceCard, contents: Contents) -> SourceCard:
    ids = {utterance.id for utterance in contents.utterances if utterance.source == source.source}
    return source_card(
        source,
        num_kept=len(ids),
        reasons=[drop.reason for drop in contents.dropped if drop.utterance.source == source.source],
        kinds=[row.kind for row in contents.rows if row.id in ids and row.is_masked],
    )
