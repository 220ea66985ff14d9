"""A conversation in the terminal: the same persona, composer and commands as everywhere, but nothing is kept.

Knows one author and one conversation. Does not know how a terminal shows text.
"""

import secrets
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.completions import Overrides
from bot.composed import Composed
from bot.composer import Composer
from bot.current import CurrentCheckpoint
from bot.elsewhere import Elsewhere
from bot.history import History
from bot.i18n import Sentences
from bot.message import IncomingMessage, Platform
from bot.store import Store


class Terminal:
    """Asks and remembers for as long as the process lives."""

    def __init__(self, store: Store, history: History, composer: Composer) -> None:
        self._store = store
        self._history = history
        self._composer = composer

    async def ask(self, text: str) -> Composed:
        """Return the persona's answer. Raises WorkerError or PersonaError."""
        message = IncomingMessage(
            platform=Platform.CONSOLE,
            event_id=secrets.token_hex(16),
            conversation_id="terminal",
            author_id="terminal",
            text=text,
            sent_at=datetime.now(UTC),
            is_direct=True,
            is_addressed=True,
            is_admin=True,
        )
        composed = await self._composer.compose(message)
        async with self._store.transaction() as transaction:
            await self._history.add(transaction, message, composed)
        return composed


@asynccontextmanager
async def terminal(
    worker: Elsewhere, current: CurrentCheckpoint, sentences: Sentences, overrides: Overrides
) -> AsyncIterator[Terminal]:
    """Open a conversation with ``worker``; when it is closed, so is that, and the history goes."""
    with tempfile.TemporaryDirectory(prefix="senpai-") as folder:
        store = await Store.open(f"sqlite+aiosqlite:///{Path(folder) / 'terminal.db'}")
        history = History(store)
        composer = Composer(worker=worker, current=current, history=history, sentences=sentences, overrides=overrides)
        try:
            yield Terminal(store, history, composer)
        finally:
            await worker.close()
            await store.close()


async def transcript(conversation: Terminal, says: Sequence[str]) -> dict[str, Any]:
    """Say every text; return ``{"checkpoint", "turns": [{"role", "text", "num_tokens", "finish_reason"}]}``."""
    turns: list[dict[str, object]] = []
    checkpoint = None
    for text in says:
        answer = await conversation.ask(text)
        checkpoint = answer.checkpoint
        turns.append({"role": "user", "text": text, "num_tokens": None, "finish_reason": None})
        told = {"text": answer.text, "num_tokens": answer.num_tokens, "finish_reason": answer.finish_reason}
        turns.append({"role": "assistant", **told})
    return {"checkpoint": checkpoint, "turns": turns}
