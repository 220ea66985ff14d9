"""Reads the elements of one long JSON array from a stream, so that a large archive never stands in memory whole.

Knows JSON text behind a JavaScript assignment (``window.YTD.tweets.part0 = [ … ];``). Does not know what the elements
mean, and never evaluates JavaScript.
"""

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from train.sources.document import BrokenSource, expected_json

CHUNK_BYTES = 1 << 20
MAX_ELEMENT_CHARS = 4 << 20
"""An element this long without an end is broken, not merely cut by the chunk."""
_GAP = re.compile(r"[\s,]*")


class ArrayStream:
    """The elements of the first array in ``file``; ``line`` is where the last one began."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self.line = 1
        self._line_here = 1
        self._file = file
        self._name = name
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._buffer = ""
        self._position = 0
        self._is_at_end = False

    def __iter__(self) -> Iterator[Any]:
        """Yield each element. Raises BrokenSource with the line."""
        self._enter_array()
        while not self._leaves_array():
            yield self._element()

    def _enter_array(self) -> None:
        while (start := self._buffer.find("[")) < 0:
            if not self._read():
                raise self._broken("a list that begins with [")
        self._move_to(start + 1)

    def _leaves_array(self) -> bool:
        while True:
            gap = _GAP.match(self._buffer, self._position)
            self._move_to(gap.end() if gap else self._position)
            if self._position < len(self._buffer):
                return self._buffer[self._position] == "]"
            if not self._read():
                raise self._broken("the ] that ends the list; the file is cut off")

    def _element(self) -> Any:
        while True:
            try:
                element, end = json.JSONDecoder().raw_decode(self._buffer, self._position)
            except json.JSONDecodeError as error:
                self._read_on_after(error)
                continue
            self.line = self._line_here
            self._move_to(end)
            return element

    def _read_on_after(self, error: json.JSONDecodeError) -> None:
        is_cut = len(self._buffer) - error.pos < MAX_ELEMENT_CHARS
        if is_cut and self._read():
            return
        self._move_to(error.pos)
        raise self._broken(expected_json(error)) from None

    def _read(self) -> bool:
        """Append the next chunk and forget what has been passed. False at the end of the file."""
        if self._is_at_end:
            return False
        data = self._file.read(CHUNK_BYTES)
        self._is_at_end = not data
        try:
            text = self._decoder.decode(data, final=self._is_at_end)
        except UnicodeDecodeError:
            self._move_to(len(self._buffer))
            raise self._broken("text in UTF-8") from None
        self._buffer = self._buffer[self._position :] + text
        self._position = 0
        return not self._is_at_end

    def _move_to(self, position: int) -> None:
        self._line_here += self._buffer.count("\n", self._position, position)
        self._position = position

    def _broken(self, expected: str) -> BrokenSource:
        return BrokenSource(self._name, self._line_here, expected)
