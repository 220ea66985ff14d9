"""Cuts texts into runs of 24 characters, by which evaluation texts are recognised. Knows characters and JSON lines."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from train.normalise import normalise

GRAM_CHARS = 24


class NoEvaluationSet(ValueError):
    """A file that does not hold one JSON object a line, in one sentence."""


def grams(text: str) -> Iterator[str]:
    """Yield every run of ``GRAM_CHARS`` characters; none when the text is shorter."""
    return (text[start : start + GRAM_CHARS] for start in range(len(text) - GRAM_CHARS + 1))


def evaluation_texts(path: Path) -> list[str]:
    """Return every text of a file of JSON lines, however deep it stands, normalised as training text is.

    Raises:
        NoEvaluationSet: the file cannot be read, or a line of it is no JSON object.
    """
    texts: list[str] = []
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    texts += map(normalise, _texts_of(_record(line, f"{path}, line {number}")))
    except (OSError, UnicodeDecodeError) as error:
        raise NoEvaluationSet(f"{path} cannot be read as JSON lines: {error}") from None
    return texts


def kept_out(paths: Iterable[Path]) -> frozenset[str]:
    """Return the runs that no training document may hold."""
    return frozenset(gram for path in paths for text in evaluation_texts(path) for gram in grams(text))


def holds(texts: Iterable[str], runs: frozenset[str]) -> bool:
    """Whether one of the texts holds one of the runs."""
    return bool(runs) and any(gram in runs for text in texts for gram in grams(text))


def _record(line: str, where: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except ValueError:
        record = None
    if not isinstance(record, dict):
        raise NoEvaluationSet(f"{where}: no JSON object; an evaluation set has one a line.")
    return record


def _texts_of(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts_of(inner)
