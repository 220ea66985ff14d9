"""Reads plain text: one utterance per line. Knows no speakers and no times; refuses what only looks like text."""

from collections.abc import Iterator

from train.sources.document import Document, Item

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
    return (document.utterance(f"line {number}", line.strip()) for number, line in document.numbered_lines())
