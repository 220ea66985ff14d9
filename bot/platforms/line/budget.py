"""How many pushes may still be spent this month. Knows the operator's limit and what was spent; does not send.

LINE counts a push to one author as one message; a month begins at midnight in Japan.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID

from bot.japan import month_of


class PushBudget:
    """Counts pushes from what the outbox remembers on, in this process alone: nobody else pushes."""

    def __init__(self, per_month: int, num_spent: Callable[[datetime], Awaitable[int]]) -> None:
        self._per_month = per_month
        self._num_spent = num_spent
        self._month: datetime | None = None
        self._spent_before = 0
        self._keys: set[UUID] = set()
        self._is_closed = False

    async def take(self, key: UUID, now: datetime) -> bool:
        """Spend one push on ``key``, once however often it is asked; False when none is left."""
        if self._per_month == 0:
            return False
        await self._begin_month(now)
        if self._is_closed:
            return False
        if key not in self._keys and self._spent_before + len(self._keys) >= self._per_month:
            return False
        self._keys.add(key)
        return True

    def give_back(self, key: UUID) -> None:
        """Undo ``take`` for a push that LINE did not carry out."""
        self._keys.discard(key)

    def close(self, now: datetime) -> None:
        """Spend nothing more in the month of this moment: LINE said that its own limit is reached."""
        self._is_closed = month_of(now) == self._month

    async def _begin_month(self, now: datetime) -> None:
        month = month_of(now)
        if month != self._month:
            self._spent_before = await self._num_spent(month)
            self._month, self._keys, self._is_closed = month, set(), False
