"""Reads plain text: one utterance per line, with or without labels (名前：…) that say whose.

Knows no times; refuses what only looks like text.
"""

from collections.abc import Iterator

from train.sources.document import Document, Item
from train.sources.labels import find_labels

MIN_LABELLED = 1 / 3
"""Where fewer lines begin with a name, these names are no speakers."""

KNOWN = (
    "X archive, WebVTT, SubRip, json3, srv1, youtube-transcript-api, Whisper, LINE talk history, CSV, JSON Lines, text"
)


def is_text(document: Document) -> bool:
    return bool(document.text.strip())


def read_lines(document: Document) -> Iterator[Item]:
    """Raises BrokenSource for JSON and markup that no other format has recognised."""
    if document.looks_like_json:
        document.json()
        raise document.broken(None, f"a format of this list, but this JSON is none: {KNOWN}")
    if document.text.lstrip()[:1] == "<":
        raise document.broken(1, f"a format of this list, but this markup is none: {KNOWN}")
    return _utterances(document)


def _utterances(document: Document) -> Iterator[Item]:
    labels = find_labels(document.lines, MIN_LABELLED)
    speaker: str | None = None
    for number, line in document.numbered_lines():
        speaker, text = labels.heard(line) or (speaker, line)
        yield document.utterance(f"line {number}", text.strip(), speaker=speaker)
