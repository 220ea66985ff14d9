"""Cleans utterances in one fixed order: links, filters, normalising, masking, duplicates.

Knows the order and records what each step took away. Does not know formats, files or the split.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from train import duplicates
from train.filters import reason_to_drop, without_links
from train.normalise import normalise
from train.scrub import Scrubbed, Scrubber
from train.sources.document import Item
from train.utterance import Dropped, Utterance

Field = Literal["text", "parent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mask:
    """``replacement`` stands at ``start`` of the ``field`` of an utterance in the place of ``span``.

    A link has no place: it is taken out before the text is normalised, and cannot come back.
    """

    id: str
    source: str
    kind: str
    span: str
    replacement: str
    field: Field = "text"
    start: int | None = None


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What is kept, what is not, and every mask in what is kept."""

    kept: list[Utterance]
    dropped: list[Dropped]
    masks: list[Mask]


class Cleaner:
    """Cleans one source after another with one scrubber, so that a person keeps one pseudonym."""

    def __init__(self, scrubber: Scrubber) -> None:
        self._scrubber = scrubber

    def clean(self, items: Iterable[Item], max_chars: int) -> Cleaned:
        """Return the utterances among ``items`` that are of use, cleaned; duplicates are still among them."""
        cleaned = Cleaned([], [], [])
        for item in items:
            if isinstance(item, Dropped):
                cleaned.dropped.append(Dropped(self._private(item.utterance), item.reason))
                continue
            text, links = without_links(item.text)
            reason = "only_a_link" if links and not text else reason_to_drop(text, max_chars)
            if reason:
                cleaned.dropped.append(Dropped(self._private(item), reason))
                continue
            utterance, masks = self._masked(replace(item, text=text), links)
            cleaned.kept.append(utterance)
            cleaned.masks.extend(masks)
        return cleaned

    def _masked(self, utterance: Utterance, links: Sequence[str]) -> tuple[Utterance, list[Mask]]:
        parent, parent_links = without_links(utterance.parent or "")
        said, heard = (self._scrubber.scrub(normalise(text)) for text in (utterance.text, parent))
        masks = [
            *(_link(utterance, link, "text") for link in links),
            *_masks(utterance, said, "text"),
            *(_link(utterance, link, "parent") for link in parent_links),
            *_masks(utterance, heard, "parent"),
        ]
        return replace(utterance, text=said.text, parent=heard.text or None), masks

    def _private(self, utterance: Utterance) -> Utterance:
        """What is dropped is written down too, so it is masked all the same."""
        text = normalise(without_links(utterance.text)[0])
        return replace(utterance, text=self._scrubber.scrub(text).text, parent=None)


def drop_duplicates(utterances: Sequence[Utterance]) -> tuple[list[Utterance], list[Dropped]]:
    """Keep the first of each text, and at most two that are nearly the same."""
    unique: dict[str, Utterance] = {}
    dropped: list[Dropped] = []
    for utterance in utterances:
        if unique.setdefault(duplicates.key(utterance.text), utterance) is not utterance:
            dropped.append(Dropped(utterance, "duplicate"))
    kept: list[Utterance] = []
    sizes = [0] * len(unique)
    for utterance, head in zip(unique.values(), duplicates.clusters(list(unique)), strict=True):
        sizes[head] += 1
        if sizes[head] > duplicates.MAX_OF_A_KIND:
            dropped.append(Dropped(utterance, "near_duplicate"))
        else:
            kept.append(utterance)
    return kept, dropped


def _masks(utterance: Utterance, scrubbed: Scrubbed, field: Field) -> Iterator[Mask]:
    shift = 0
    for span in scrubbed.spans:
        yield Mask(
            id=utterance.id,
            source=utterance.source,
            kind=span.kind,
            span=span.text,
            replacement=span.replacement,
            field=field,
            start=span.start + shift,
        )
        shift += len(span.replacement) - len(span.text)


def _link(utterance: Utterance, link: str, field: Field) -> Mask:
    return Mask(id=utterance.id, source=utterance.source, kind="url", span=link, replacement="", field=field)
