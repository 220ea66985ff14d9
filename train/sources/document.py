"""Opens one text file of a source: its encoding, its lines, and the sentence for what is broken in it.

Does not know any format.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from train.utterance import Dropped, Utterance, utterance_id

Item = Utterance | Dropped
"""What a format yields, in the order in which it was said."""
_JSON_HEAD = re.compile(r'\s*(?:\{\s*["}]|\[\s*[\[{\]])')
ENCODINGS = ("utf-8-sig", "cp932")


class BrokenSource(Exception):
    """A source is not what its beginning promises."""

    def __init__(self, name: str, line: int | None, expected: str) -> None:
        place = name if line is None else f"{name}, line {line}"
        super().__init__(f"{place}: expected {expected}.")


@dataclass(frozen=True)
class Document:
    """One decoded text file. ``name`` is what utterances call their source."""

    name: str
    text: str

    @cached_property
    def lines(self) -> list[str]:
        """The lines without their ends; only ``\\n``, ``\\r\\n`` and ``\\r`` end a line."""
        return self.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")

    def numbered_lines(self) -> Iterator[tuple[int, str]]:
        """Yield the lines that are not blank, counted from one."""
        return ((number, line) for number, line in enumerate(self.lines, 1) if line.strip())

    def json(self) -> Any:
        """Return the whole text as JSON. Raises BrokenSource with the line."""
        try:
            return json.loads(self.text)
        except json.JSONDecodeError as error:
            raise self.broken(error.lineno, expected_json(error)) from None

    def json_or_none(self) -> Any:
        """Return the whole text as JSON, or None when it is none."""
        return self._json

    @property
    def looks_like_json(self) -> bool:
        """Whether somebody meant this text to be JSON, even if it is broken."""
        return bool(_JSON_HEAD.match(self.text[:200]))

    @cached_property
    def _json(self) -> Any:
        try:
            return json.loads(self.text) if self.looks_like_json else None
        except json.JSONDecodeError:
            return None

    def broken(self, line: int | None, expected: str) -> BrokenSource:
        return BrokenSource(self.name, line, expected)

    def utterance(
        self,
        locator: str,
        text: str,
        *,
        speaker: str | None = None,
        said_at: datetime | None = None,
        parent: str | None = None,
        thread: str | None = None,
    ) -> Utterance:
        """Return what stands at ``locator`` of this document."""
        return Utterance(
            id=utterance_id(self.name, locator),
            text=text,
            speaker=speaker,
            said_at=said_at,
            source=self.name,
            locator=locator,
            parent=parent,
            thread=thread,
        )


def expected_json(error: json.JSONDecodeError) -> str:
    """Return what was expected where ``error`` arose."""
    return f"JSON, but {error.msg[0].lower()}{error.msg[1:].removesuffix(' starting at')}"


def decode(data: bytes, name: str) -> str:
    """Return the text of ``data``: UTF-8 with or without BOM, UTF-16 with BOM, or else cp932.

    Raises:
        BrokenSource: it is none of these; names the line where UTF-8 ends.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _decode(data, name, ("utf-16",))
    return _decode(data, name, ENCODINGS)


def _decode(data: bytes, name: str, encodings: tuple[str, ...]) -> str:
    position = 0
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError as error:
            position = position or error.start
            continue
        if "\0" not in text:
            return text
        position = position or data.find(b"\0")
    raise BrokenSource(name, data.count(b"\n", 0, position) + 1, "text in UTF-8 or cp932 (Shift_JIS)")
