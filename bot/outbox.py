"""Replies not yet confirmed by the platform. Knows which delivery is open and how often it was tried.

Does not know how a platform is called: it is handed a door's ``deliver``.
"""

from datetime import datetime

from bot.message import IncomingMessage, Platform
from bot.platforms.base import PieceLimits, PlatformDoor
from bot.store import Store, Transaction


class Outbox:
    """Keeps every delivery, with its idempotency key, until the platform has confirmed or refused it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def put(self, transaction: Transaction, message: IncomingMessage, text: str, limits: PieceLimits) -> None:
        """Cut an answer into deliveries, as part of the transaction that closes its question."""
        raise NotImplementedError

    async def deliver_open(self, conversation: str, door: PlatformDoor) -> None:
        """Deliver everything open in a conversation, in order; returns when nothing is open any more."""
        raise NotImplementedError

    async def is_ours(self, platform: Platform, message_id: str) -> bool:
        """Tell whether the bot itself sent this message (a reply to it, or a quotation of it, addresses the bot)."""
        raise NotImplementedError

    async def num_pushes(self, platform: Platform, since: datetime) -> int:
        """Return how many pushes were spent since then."""
        raise NotImplementedError
