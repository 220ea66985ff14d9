"""The one conversation between the builder and the senpai, and the open pages that watch it. Knows no HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

CONVERSATION_ID = "local"
AUTHOR_ID = "local"


class Watcher(Protocol):
    """An open page."""

    def asked(self, text: str) -> None:
        """The author said something, on this page or on another."""

    def replied(self, text: str) -> None:
        """The senpai said something."""

    def working(self, is_working: bool) -> None:
        """An answer is being written, or no longer."""


class Room:
    """Tells every watcher the same."""

    def __init__(self) -> None:
        self._watchers: list[Watcher] = []

    @contextmanager
    def working(self) -> Iterator[None]:
        """Show that an answer is being written, until left."""
        self._tell_working(True)
        try:
            yield
        finally:
            self._tell_working(False)

    def watch(self, watcher: Watcher) -> None:
        """Begin to tell ``watcher``."""
        self._watchers.append(watcher)

    def leave(self, watcher: Watcher) -> None:
        """Stop telling ``watcher``; leaving twice does no harm."""
        if watcher in self._watchers:
            self._watchers.remove(watcher)

    def asked(self, text: str) -> None:
        """Show the author's words on every page."""
        for watcher in self._watchers:
            watcher.asked(text)

    def replied(self, text: str) -> None:
        """Show the senpai's words on every page."""
        for watcher in self._watchers:
            watcher.replied(text)

    def _tell_working(self, is_working: bool) -> None:
        for watcher in self._watchers:
            watcher.working(is_working)
