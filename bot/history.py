"""What was said in a conversation, for as long as it may be remembered.

Knows turns and their place. Does not know prompts, tokens or platforms.

Old turns are left out in whole blocks, counted from the beginning of the conversation: the beginning of a prompt then
stays the same for several turns, which lets the worker reuse what it computed for it.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, func, insert, select, update

from bot.answers import add_answer, forget_turns
from bot.composed import Composed
from bot.message import IncomingMessage, Platform
from bot.store import Store, Transaction, turns
from bot.talk import forget_talk, in_context
from model.conversation import Role, Turn

MAX_LOADED = 200
"""Turns looked at for one prompt; more never fit."""

LATEST = 4
"""Turns that fit a prompt whatever else is in it."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A turn and its place in the conversation, counted from 0."""

    position: int
    turn: Turn


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asked what."""

    author_id: str
    text: str


class History:
    """Remembers and forgets question and answer together, so that roles always alternate."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._forgotten_at: dict[str, float] = {}

    async def recent(self, conversation: str, max_chars: int, *, without: str | None = None) -> tuple[Turn, ...]:
        """Return the latest turns of at most ``max_chars`` characters together, oldest first.

        Answers that were replaced by another are left out, and so is the one of the message ``without``.
        """
        query = (
            select(turns.c.position, turns.c.role, turns.c.text)
            .where(turns.c.conversation == conversation, turns.c.is_replaced.is_not(True))
            .where(turns.c.message_key != (without or ""))
            .order_by(turns.c.position.desc())
            .limit(MAX_LOADED)
        )
        async with self._store.transaction() as transaction:
            rows = (await transaction.execute(query)).all()
        return fitting([Placed(row.position, Turn(Role(row.role), row.text)) for row in reversed(rows)], max_chars)

    async def add(
        self, transaction: Transaction, message: IncomingMessage, composed: Composed, *, begun_at: float | None = None
    ) -> None:
        """Remember a question, its answer and how that came about, in the transaction that closes the question.

        An answer begun, by ``time.monotonic()``, before its conversation was forgotten is not remembered.
        """
        if begun_at is not None and begun_at < self._forgotten_at.get(message.conversation, 0.0):
            return
        if message.instead_of:
            replaced = update(turns).where(turns.c.message_key == message.instead_of)
            await transaction.execute(replaced.values(is_replaced=True))
        last = select(func.coalesce(func.max(turns.c.position), -1)).where(turns.c.conversation == message.conversation)
        position = (await transaction.execute(last)).scalar_one() + 1
        now = datetime.now(UTC)
        for offset, (role, text) in enumerate(((Role.USER, message.text), (Role.ASSISTANT, composed.text))):
            await transaction.execute(
                insert(turns).values(
                    conversation=message.conversation,
                    position=position + offset,
                    message_key=message.key,
                    author_id=message.author_id,
                    role=role,
                    text=text,
                    said_at=now,
                )
            )
        await add_answer(transaction, message, composed)

    async def question(self, message: IncomingMessage) -> str:
        """Return what a message says, after what was said around it: see ``bot.talk``."""
        if message.is_direct and message.quoted_id is None:
            return message.context + message.text
        async with self._store.transaction() as transaction:
            return await in_context(transaction, message)

    async def asked(self, message_key: str) -> Asked | None:
        """Return the question behind an answer; None when it is not remembered."""
        query = select(turns.c.author_id, turns.c.text).where(
            turns.c.message_key == message_key, turns.c.role == Role.USER
        )
        async with self._store.transaction() as transaction:
            row = (await transaction.execute(query)).first()
        return Asked(row.author_id, row.text) if row else None

    async def knows(self, message: IncomingMessage) -> bool:
        """Tell whether anything said by this author on this platform is remembered."""
        query = select(turns.c.id).where(is_turn_of(message.platform, message.author_id)).limit(1)
        async with self._store.transaction() as transaction:
            return (await transaction.execute(query)).first() is not None

    async def has_lately(self, conversation: str, message_key: str) -> bool:
        """Tell whether a message and its answer are among the latest turns, which every prompt holds."""
        latest = select(turns.c.message_key).where(turns.c.conversation == conversation)
        async with self._store.transaction() as transaction:
            keys = await transaction.execute(latest.order_by(turns.c.position.desc()).limit(LATEST))
            return message_key in keys.scalars().all()

    async def forget(self, conversation: str) -> int:
        """Forget a conversation; return how many turns it had."""
        self._forgotten_at[conversation] = time.monotonic()
        async with self._store.transaction() as transaction:
            await forget_talk(transaction, conversation)
            return await forget_turns(transaction, turns.c.conversation == conversation)

    async def forget_before(self, moment: datetime) -> int:
        """Forget what was said before this moment; return how many turns that were."""
        async with self._store.transaction() as transaction:
            return await forget_turns(transaction, turns.c.said_at < moment)


def is_turn_of(platform: Platform, author_id: str) -> ColumnElement[bool]:
    """Return the condition that a turn is an author's, or an answer to them."""
    return (turns.c.author_id == author_id) & turns.c.message_key.startswith(f"{platform}:")


def fitting(placed: Sequence[Placed], max_chars: int, block: int = 4) -> tuple[Turn, ...]:
    """Leave out the oldest blocks of turns until the rest has at most ``max_chars`` characters.

    A block holds the turns whose positions share ``position // block``; an even block keeps a question with its answer.
    """
    kept = list(placed)
    num_chars = sum(len(each.turn.text) for each in kept)
    while kept and num_chars > max_chars:
        oldest = kept[0].position // block
        num_chars -= sum(len(each.turn.text) for each in kept if each.position // block == oldest)
        kept = [each for each in kept if each.position // block != oldest]
    return tuple(each.turn for each in kept)
