"""Decides whose words count, and which words of others an utterance answers.

Knows speakers and the order in which they speak. Does not know formats, nor what is private in a text.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from train.sources.detect import Source
from train.sources.document import Item
from train.utterance import Dropped, Utterance


class SpeakerUnknown(Exception):
    """A source has several speakers and none of them was picked."""


def pick(sources: Sequence[Source], wanted: str | None) -> None:
    """Check that ``wanted`` (several names of one person with commas between them) speaks in every source.

    Raises:
        SpeakerUnknown: a source knows its speakers and none of them is wanted; lists them.
    """
    names = _names(wanted)
    for source in sources:
        if source.has_one_owner or not source.speakers or any(_fold(name) in names for name in source.speakers):
            continue
        known = ", ".join(f"{name} ({count})" for name, count in source.speakers.most_common())
        problem = f"{wanted} does not speak in {source.name}" if wanted else f"{source.name} has several speakers"
        raise SpeakerUnknown(f"{problem}; pick one of these with --speaker: {known}.")


def persona_only(source: Source, wanted: str | None) -> Iterator[Item]:
    """Yield the items of ``source``; other people's words are dropped, and stay only as what was answered."""
    if source.has_one_owner or not source.speakers:
        speaker = source.owner or (_first_name(wanted) if wanted else None)
        yield from (_spoken_by(item, speaker) for item in source.items)
        return
    yield from _answers(source.items, _names(wanted))


def _answers(items: Iterable[Item], names: frozenset[str]) -> Iterator[Item]:
    heard: list[Utterance] = []
    for item in items:
        if isinstance(item, Dropped):
            yield item
        elif item.speaker is None or _fold(item.speaker) not in names:
            heard = [*heard, item] if heard and heard[-1].thread == item.thread else [item]
            yield Dropped(replace(item, text=""), "other_speaker" if item.speaker else "speaker_unknown")
        else:
            question = " ".join(other.text for other in heard if other.thread == item.thread)
            heard = []
            yield replace(item, parent=item.parent or question or None)


def _spoken_by(item: Item, speaker: str | None) -> Item:
    if isinstance(item, Dropped):
        return Dropped(replace(item.utterance, speaker=speaker), item.reason)
    return replace(item, speaker=speaker)


def _names(wanted: str | None) -> frozenset[str]:
    return frozenset(map(_fold, (wanted or "").split(","))) - {""}


def _first_name(wanted: str) -> str:
    return wanted.split(",", maxsplit=1)[0].strip()


def _fold(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip().removeprefix("@").casefold()
