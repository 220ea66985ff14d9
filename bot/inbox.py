"""Messages accepted but not yet answered. Knows their order; does not know who answers, or how.

A message is stored before its platform gets an acknowledgement, and unique by the platform's event id. Once it is
answered or withdrawn the row stays, without text and author, so that the same event is recognised when it comes again.

Invariants:
- a message is in exactly one state: waiting, begun (it waits, and what it asks for must not be done twice), answered,
  withdrawn
- a message that does not wait has neither text nor author here
"""

import asyncio
import logging
from asyncio import Queue
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, func, select, update

from bot.answers import forget_turns
from bot.message import Accepted, Change, IncomingMessage, Platform, Revised, Withdrawn
from bot.store import Store, Transaction, deliveries, insert_new, messages, turns
from bot.talk import forget_talk, told
from bot.withdrawal import withdraw_replies
from model.conversation import Role

log = logging.getLogger(__name__)


class State(StrEnum):
    """Where a message stands."""

    WAITING = "waiting"
    BEGUN = "begun"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"


UNANSWERED = messages.c.state.in_((State.WAITING, State.BEGUN))
NOTHING = {"text": "", "context": "", "author_id": ""}
"""What is left of a message that does not wait."""

MAX_TOGETHER = 500
"""Messages stored in one statement; databases limit how many values one may hold."""


@dataclass(slots=True, eq=False)
class _Arrival:
    """A message on its way in; ``is_new`` is known once it is stored."""

    message: IncomingMessage
    is_new: bool | None = None


class Inbox:
    """Accepts messages once and hands them out in order. Announces every change on the queue it was given."""

    def __init__(self, store: Store, changes: Queue[Change]) -> None:
        self._store = store
        self._changes = changes
        self._arriving: list[_Arrival] = []
        self._door = asyncio.Lock()

    async def accept(self, message: IncomingMessage) -> bool:
        """Store a message; False when its event was seen before.

        What arrives while the database is busy is stored together, in one transaction: a burst costs hardly more
        than its first message.
        """
        arrival = _Arrival(message)
        self._arriving.append(arrival)
        try:
            async with self._door:
                if arrival.is_new is None:
                    await self._store_arrived()
        finally:
            if arrival in self._arriving:
                self._arriving.remove(arrival)
        if not arrival.is_new:
            log.info("%s seen before", message.key)
            return False
        log.info("%s accepted, %d characters", message.key, len(message.text))
        self._changes.put_nowait(Accepted(message.conversation, message.key))
        return True

    async def _store_arrived(self) -> None:
        """Store everything that has arrived until now."""
        batch = self._arriving[:MAX_TOGETHER]
        async with self._store.transaction() as transaction:
            new = await insert_new(transaction, messages, messages.c.key, [_row(each.message) for each in batch])
        for each in batch:
            each.is_new = each.message.key in new
            new.discard(each.message.key)
        self._arriving = [each for each in self._arriving if each.is_new is None]

    async def withdraw(self, platform: Platform, message_id: str) -> bool:
        """Forget a message its author took back, and what was answered to it; False when it is unknown here.

        ``message_id`` is the message's own id on its platform; for an unknown one nothing happens.
        """
        named = (messages.c.platform == platform.value) & (messages.c.message_id == message_id)
        async with self._store.transaction() as transaction:
            key = (await transaction.execute(select(messages.c.key).where(named))).scalar()
            if key is None:
                return False
            await transaction.execute(update(messages).where(named).values(state=State.WITHDRAWN, **NOTHING))
            await withdraw_replies(transaction, deliveries.c.message_key == key)
            await forget_turns(transaction, turns.c.message_key == key)
        log.info("%s withdrawn", key)
        self._changes.put_nowait(Withdrawn(key))
        return True

    async def revise(self, platform: Platform, message_id: str, text: str, at: datetime) -> bool:
        """Change a message as its author did at a moment, unless a later change is known; False when it is unknown.

        One that waits is answered as it reads now, one that was answered is remembered so; a command that has begun
        is not done twice.
        """
        named = (messages.c.platform == platform.value) & (messages.c.message_id == message_id)
        async with self._store.transaction() as transaction:
            known = select(messages.c.key, messages.c.state).where(named)
            row = (await transaction.execute(known.with_for_update())).first()
            if row is None:
                return False
            is_news = func.coalesce(messages.c.edited_at, messages.c.sent_at) < at
            text_now = text if row.state == State.WAITING else messages.c.text
            change = update(messages).where(named, is_news).values(edited_at=at, text=text_now)
            if (await transaction.execute(change)).rowcount == 0 or row.state not in (State.WAITING, State.ANSWERED):
                return True
            question = (turns.c.message_key == row.key) & (turns.c.role == Role.USER)
            await transaction.execute(update(turns).where(question).values(text=text))
        if row.state == State.WAITING:
            log.info("%s revised, %d characters", row.key, len(text))
            self._changes.put_nowait(Revised(row.key))
        return True

    async def waits(self, message: IncomingMessage) -> bool:
        """Tell whether a message is still to be answered."""
        query = select(messages.c.key).where(messages.c.key == message.key, UNANSWERED)
        async with self._store.transaction() as transaction:
            return (await transaction.execute(query)).first() is not None

    async def forget_conversation(self, conversation: str) -> None:
        """Forget a conversation the bot was sent away from: what was said there, and what waits for an answer."""
        still_open = select(deliveries.c.message_key).where(deliveries.c.state == "open")
        unfinished = select(messages.c.platform, messages.c.message_id).where(
            messages.c.conversation == conversation, UNANSWERED | messages.c.key.in_(still_open)
        )
        async with self._store.transaction() as transaction:
            rows = (await transaction.execute(unfinished)).all()
        for platform, message_id in rows:
            await self.withdraw(Platform(platform), message_id)
        async with self._store.transaction() as transaction:
            await forget_turns(transaction, turns.c.conversation == conversation)
            await forget_talk(transaction, conversation)
            await transaction.execute(delete(told).where(told.c.conversation == conversation))

    async def waiting(self, conversation: str) -> list[IncomingMessage]:
        """Return the messages of a conversation that wait for their answers, oldest first."""
        query = select(messages).where(UNANSWERED, messages.c.conversation == conversation)
        async with self._store.transaction() as transaction:
            rows = await transaction.execute(query.order_by(messages.c.sent_at, messages.c.id))
            return [message_from(row) for row in rows.mappings()]

    async def next_waiting(self, conversation: str) -> IncomingMessage | None:
        """Return the oldest message of a conversation that waits for its answer."""
        query = (
            select(messages)
            .where(UNANSWERED, messages.c.conversation == conversation)
            .order_by(messages.c.sent_at, messages.c.id)
            .limit(1)
        )
        async with self._store.transaction() as transaction:
            row = (await transaction.execute(query)).mappings().first()
        return message_from(row) if row else None

    async def unfinished_conversations(self) -> list[str]:
        """Return the conversations in which a message waits or a delivery is open, longest waiting first."""
        waiting = select(messages.c.conversation, func.min(messages.c.id)).where(UNANSWERED)
        undelivered = select(deliveries.c.conversation, func.min(messages.c.id)).join(
            messages, messages.c.key == deliveries.c.message_key
        )
        async with self._store.transaction() as transaction:
            first = (await transaction.execute(waiting.group_by(messages.c.conversation))).all()
            undelivered = undelivered.where(deliveries.c.state == "open").group_by(deliveries.c.conversation)
            second = (await transaction.execute(undelivered)).all()
        oldest = dict(sorted((*first, *second), key=lambda pair: -pair[1]))
        return sorted(oldest, key=lambda name: oldest[name])

    async def last_seen(self, platform: Platform, since: datetime) -> list[IncomingMessage]:
        """Return the newest message of every conversation that had one since then."""
        newest = select(func.max(messages.c.id)).where(messages.c.platform == platform, messages.c.accepted_at >= since)
        query = select(messages).where(messages.c.id.in_(newest.group_by(messages.c.conversation)))
        async with self._store.transaction() as transaction:
            return [message_from(row) for row in (await transaction.execute(query)).mappings()]

    async def begin(self, message: IncomingMessage) -> bool:
        """Note that what a message asks for is about to be done; False when an earlier life began it."""
        async with self._store.transaction() as transaction:
            waiting = update(messages).where(messages.c.key == message.key, messages.c.state == State.WAITING)
            return (await transaction.execute(waiting.values(state=State.BEGUN))).rowcount == 1

    async def close(self, transaction: Transaction, message: IncomingMessage) -> bool:
        """Mark a message answered, as part of the transaction that stores its answer.

        False when it was withdrawn, or has other words by now.
        """
        unanswered = update(messages).where(messages.c.key == message.key, UNANSWERED, messages.c.text == message.text)
        return (await transaction.execute(unanswered.values(state=State.ANSWERED, **NOTHING))).rowcount == 1

    async def forget_before(self, moment: datetime) -> None:
        """Forget the events of messages that were answered or withdrawn before this moment."""
        done = messages.c.state.in_((State.ANSWERED, State.WITHDRAWN))
        still_open = select(deliveries.c.message_key).where(deliveries.c.state == "open")
        async with self._store.transaction() as transaction:
            await transaction.execute(
                delete(messages).where(done, messages.c.accepted_at < moment, messages.c.key.not_in(still_open))
            )


def message_from(row: Any) -> IncomingMessage:
    """Return the message a row of ``messages`` holds."""
    return IncomingMessage(
        platform=Platform(row["platform"]),
        event_id=row["event_id"],
        conversation_id=row["conversation_id"],
        author_id=row["author_id"],
        text=row["text"],
        sent_at=row["sent_at"],
        is_direct=row["is_direct"],
        is_addressed=row["is_addressed"],
        is_admin=row["is_admin"],
        message_id=row["message_id"],
        quoted_id=row["quoted_id"],
        instead_of=row["instead_of"],
        reply_to=row["reply_to"],
        context=row["context"] or "",
    )


def _row(message: IncomingMessage) -> dict[str, object]:
    return {
        "key": message.key,
        "state": State.WAITING,
        "platform": message.platform,
        "event_id": message.event_id,
        "message_id": message.message_id or message.event_id,
        "conversation": message.conversation,
        "conversation_id": message.conversation_id,
        "author_id": message.author_id,
        "text": message.text,
        "sent_at": message.sent_at,
        "accepted_at": datetime.now(UTC),
        "is_direct": message.is_direct,
        "is_addressed": message.is_addressed,
        "is_admin": message.is_admin,
        "quoted_id": message.quoted_id,
        "instead_of": message.instead_of,
        "reply_to": message.reply_to,
        "context": message.context,
    }
