"""Reads tables of utterances: CSV or TSV with a header, and JSON Lines. Columns: text, and speaker, said_at, parent,
thread where they are known.

A time without a zone is taken as Japan's. Does not know any service's own export.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from train.sources.document import Document, Item
from train.sources.line_talk import JAPAN

COLUMNS = frozenset({"text", "speaker", "said_at", "parent", "thread"})


def is_csv(document: Document) -> bool:
    return "text" in _header(document)


def is_jsonl(document: Document) -> bool:
    """One object with a text, or several objects of any kind, each in its line."""
    head = [line for _, (_, line) in zip(range(2), document.numbered_lines(), strict=False)]
    fields = [_object(line) for line in head]
    if not fields or fields[0] is None:
        return False
    return "text" in fields[0] or (len(head) > 1 and head[1].startswith("{"))


def read_csv(document: Document) -> Iterator[Item]:
    """Raises BrokenSource with the line."""
    header = _header(document)
    rows = csv.reader(io.StringIO(document.text.replace("\0", ""), newline=""), delimiter=_delimiter(document))
    next(rows)
    line = 2
    try:
        for row in rows:
            if row and len(row) != len(header):
                raise document.broken(line, f"{len(header)} columns ({', '.join(header)}), not {len(row)}")
            if row:
                yield _utterance(document, line, dict(zip(header, row, strict=True)))
            line = rows.line_num + 1
    except csv.Error as error:
        raise document.broken(rows.line_num, f"CSV, but {error}") from None


def read_jsonl(document: Document) -> Iterator[Item]:
    """Raises BrokenSource with the line."""
    for number, line in document.numbered_lines():
        fields = _object(line)
        if fields is None:
            raise document.broken(number, "one JSON object per line")
        if not isinstance(fields.get("text"), str):
            raise document.broken(number, 'an object with "text"')
        yield _utterance(document, number, fields)


def _object(line: str) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _utterance(document: Document, line: int, fields: Mapping[str, Any]) -> Item:
    known = {name: str(value).strip() for name, value in fields.items() if name in COLUMNS and value not in (None, "")}
    return document.utterance(
        f"line {line}",
        known.get("text", ""),
        speaker=known.get("speaker"),
        said_at=_said_at(document, line, known["said_at"]) if "said_at" in known else None,
        parent=known.get("parent"),
        thread=f"{document.name}#{known['thread']}" if "thread" in known else None,
    )


def _said_at(document: Document, line: int, text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.replace("/", "-"))
    except ValueError:
        raise document.broken(line, "said_at as 2024-04-30T21:15:00+09:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=JAPAN)


def _header(document: Document) -> list[str]:
    first = next(csv.reader(document.lines[:1], delimiter=_delimiter(document)), [])
    return [name.strip().lower() for name in first]


def _delimiter(document: Document) -> str:
    return "\t" if "\t" in document.lines[0] else ","
