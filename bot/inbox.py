"""Messages accepted but not yet answered. Knows their order; does not know who answers, or how.

A message is stored before its platform gets an acknowledgement, and unique by the platform's event id. Once it is
answered or withdrawn the row stays, without its text, so that the same event is recognised when it comes again.
"""

from asyncio import Queue

from bot.message import Change, IncomingMessage, Platform
from bot.store import Store, Transaction


class Inbox:
    """Accepts messages once and hands them out in order. Announces every change on the queue it was given."""

    def __init__(self, store: Store, changes: Queue[Change]) -> None:
        self._store = store
        self._changes = changes

    async def accept(self, message: IncomingMessage) -> bool:
        """Store a message; False when its event was seen before."""
        raise NotImplementedError

    async def withdraw(self, platform: Platform, message_id: str) -> bool:
        """Forget a message its author took back, by ``message_id`` or event id; False when it is unknown here."""
        raise NotImplementedError

    async def next_waiting(self, conversation: str) -> IncomingMessage | None:
        """Return the oldest message of a conversation that waits for its answer."""
        raise NotImplementedError

    async def waiting_conversations(self) -> list[str]:
        """Return the conversations in which something waits, oldest first."""
        raise NotImplementedError

    async def close(self, transaction: Transaction, message: IncomingMessage) -> None:
        """Mark a message answered, as part of the transaction that stores its answer."""
        raise NotImplementedError
