"""Turns tokens into text as they come, and holds back what may still change.

Knows stop strings and characters spread over several tokens. Does not know why a sequence is generated.
"""

from collections.abc import Callable, Sequence

_INCOMPLETE = "\ufffd"


class Detokeniser:
    """Text of one answer. What ``feed`` and ``flush`` return adds up to the answer, cut before the first stop string.

    ``decode`` maps token ids to text without special tokens.
    """

    def __init__(self, decode: Callable[[list[int]], str], stop: Sequence[str] = ()) -> None:
        self.is_stopped = False
        self._decode = decode
        self._stop = tuple(text for text in stop if text)
        self._tokens: list[int] = []
        self._begin = 0  # tokens before are context no longer needed to decode the next one
        self._shown = 0  # tokens before are in the text already
        self._held = ""  # decoded, but perhaps the beginning of a stop string

    def feed(self, token: int) -> str:
        """Take one token and return the text that is certain now; empty while a character is incomplete."""
        self._tokens.append(token)
        before = self._decode(self._tokens[self._begin : self._shown])
        after = self._decode(self._tokens[self._begin :])
        if after.endswith(_INCOMPLETE) or len(after) <= len(before):
            return ""
        self._begin, self._shown = self._shown, len(self._tokens)
        return self._release(after[len(before) :])

    def flush(self) -> str:
        """Return the text still held back: nothing follows any more."""
        before = self._decode(self._tokens[self._begin : self._shown])
        rest = self._decode(self._tokens[self._begin :])[len(before) :]
        self._begin = self._shown = len(self._tokens)
        text = self._release(rest) + self._held
        self._held = ""
        return text

    def _release(self, text: str) -> str:
        """Return what of the held and the new text can no longer become a stop string."""
        self._held += text
        found = min((at for stop in self._stop if (at := self._held.find(stop)) >= 0), default=None)
        if found is not None:
            self.is_stopped = True
            text, self._held = self._held[:found], ""
            return text
        keep = max((_overlap(self._held, stop) for stop in self._stop), default=0)
        text, self._held = self._held[: len(self._held) - keep], self._held[len(self._held) - keep :]
        return text


def _overlap(text: str, stop: str) -> int:
    """Return how many characters at the end of ``text`` could begin ``stop``."""
    longest = min(len(text), len(stop) - 1)
    return next((size for size in range(longest, 0, -1) if text.endswith(stop[:size])), 0)
