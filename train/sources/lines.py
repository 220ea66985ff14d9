"""Reads plain text: one utterance per line. Knows no speakers and no times."""

from collections.abc import Iterator

from train.sources.document import Document, Item


def read_lines(document: Document) -> Iterator[Item]:
    return (document.utterance(f"line {number}", line.strip()) for number, line in document.numbered_lines())
