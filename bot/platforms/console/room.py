"""The one conversation between the builder and the senpai, and the open pages that watch it. Knows no HTTP.

Invariants:
- every exchange of this process is known, also to a page that is opened while an answer is being written
- the text of an exchange is what was heard so far, until the delivered answer takes its place
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Protocol

from bot.completions import Overrides
from model.conversation import Conversation

CONVERSATION_ID = "local"
AUTHOR_ID = "local"
MAX_EXCHANGES = 100
"""How many exchanges stay on the page; older ones are in the history."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the model was given for one try."""

    checkpoint: str
    conversation: Conversation
    overrides: Overrides


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A question and what was said to it so far; ``tries`` is what the model was given, once for each try.

    ``notice`` is what is said about an answer nothing of which is there yet.
    """

    key: str
    question: str
    answer: str = ""
    is_open: bool = True
    tries: tuple[Asked, ...] = ()
    notice: str = ""


class Watcher(Protocol):
    """An open page."""

    def changed(self, exchange: Exchange) -> None:
        """An exchange began or went on."""

    def left(self, key: str) -> None:
        """An exchange was taken back."""


class Room:
    """Tells every watcher the same. ``strength`` is how much of the adapter is to be heard here, None as everywhere."""

    def __init__(self) -> None:
        self.strength: float | None = None
        self._watchers: list[Watcher] = []
        self._exchanges: dict[str, Exchange] = {}
        self._writing: str | None = None

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """What was said since the process began, oldest first."""
        return tuple(self._exchanges.values())

    @contextmanager
    def working(self, key: str) -> Iterator[None]:
        """Say for which exchange the answer is being written, until left."""
        self._writing = key
        try:
            yield
        finally:
            self._writing = None

    def watch(self, watcher: Watcher) -> None:
        """Begin to tell ``watcher``."""
        self._watchers.append(watcher)

    def leave(self, watcher: Watcher) -> None:
        """Stop telling ``watcher``; leaving twice does no harm."""
        if watcher in self._watchers:
            self._watchers.remove(watcher)

    def asked(self, key: str, question: str) -> None:
        """Show the author's words on every page."""
        while len(self._exchanges) >= MAX_EXCHANGES:
            del self._exchanges[next(iter(self._exchanges))]
        self._change(Exchange(key=key, question=question))

    def begins(self, asked: Asked) -> None:
        """Show that the model begins, or begins anew, to answer the open exchange."""
        if exchange := self._open():
            self._change(replace(exchange, answer="", tries=(*exchange.tries, asked)))

    def hears(self, text: str) -> None:
        """Show a further part of the answer."""
        if text and (exchange := self._open()):
            self._change(replace(exchange, answer=exchange.answer + text))

    def tells(self, key: str, notice: str) -> None:
        """Say, or no longer say, what an exchange waits for."""
        exchange = self._exchanges.get(key)
        if exchange and exchange.notice != notice:
            self._change(replace(exchange, notice=notice))

    def replied(self, key: str, question: str, answer: str, *, is_first: bool) -> None:
        """Show the delivered answer, or a further piece of it, in place of what was heard."""
        exchange = self._exchanges.get(key) or Exchange(key=key, question=question)
        said = answer if is_first else exchange.answer + answer
        self._change(replace(exchange, answer=said, is_open=False))

    def forget(self, key: str) -> None:
        """Take an exchange off every page."""
        self._exchanges.pop(key, None)
        for watcher in self._watchers:
            watcher.left(key)

    def _open(self) -> Exchange | None:
        return self._exchanges.get(self._writing) if self._writing else None

    def _change(self, exchange: Exchange) -> None:
        self._exchanges[exchange.key] = exchange
        for watcher in self._watchers:
            watcher.changed(exchange)
