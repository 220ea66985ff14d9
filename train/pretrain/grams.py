"""Cuts texts into runs of 24 characters, by which evaluation texts are recognised. Knows characters and JSON lines."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from train.normalise import normalise

GRAM_CHARS = 24


def grams(text: str, length: int = GRAM_CHARS) -> Iterator[str]:
    """Yield every run of ``length`` characters; none when the text is shorter."""
    return (text[start : start + length] for start in range(len(text) - length + 1))


def evaluation_texts(path: Path) -> list[str]:
    """Return every text of a file of JSON lines, normalised as training text is."""
    records = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return [normalise(text) for record in records for text in record.values() if isinstance(text, str)]


def kept_out(paths: Iterable[Path]) -> frozenset[str]:
    """Return the runs that no training document may hold."""
    return frozenset(gram for path in paths for text in evaluation_texts(path) for gram in grams(text))
