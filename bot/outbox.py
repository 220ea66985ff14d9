"""Replies not yet confirmed by the platform. Knows which delivery is open and how often it was tried.

Does not know how a platform is called: it is handed the door. An attempt is counted before it is made, so that after
a crash the door learns that an earlier attempt may have arrived.

Invariants:
- a delivery's key never changes and belongs to one message and one place in its answer
- deliveries of a conversation are tried in the order in which they were put
"""

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import delete, func, insert, select, update

from bot.answers import answers
from bot.inbox import message_from
from bot.message import IncomingMessage, Platform
from bot.platforms.base import LAST_CALL_S, Delivered, Delivery, DeliveryFailed, DeliveryRefused, PlatformDoor
from bot.store import Store, Transaction, deliveries, insert_new, messages, sent, tokens

log = logging.getLogger(__name__)

T = TypeVar("T")


class State(StrEnum):
    """Where a delivery stands; withdrawn ones were open when their question was taken back."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Back-off doubles from ``first_s`` to ``most_s``; after ``give_up_after_s`` an answer is worth nothing.

    ``last_call_s``: how long whoever stops the bot waits for an attempt in progress.
    """

    first_s: float = 1.0
    most_s: float = 60.0
    give_up_after_s: float = 24 * 3600
    last_call_s: float = LAST_CALL_S


class Outbox:
    """Keeps every delivery, with its idempotency key, until the platform has confirmed or refused it."""

    def __init__(self, store: Store, patience: Patience | None = None) -> None:
        self._store = store
        self._patience = patience or Patience()

    async def put(
        self, transaction: Transaction, message: IncomingMessage, pieces: Sequence[str], per_delivery: int
    ) -> None:
        """Store an answer as deliveries, as part of the transaction that closes its question."""
        for start in range(0, len(pieces), per_delivery):
            await transaction.execute(
                insert(deliveries).values(
                    key=uuid5(NAMESPACE_URL, f"{message.key}#{start}"),
                    state=State.OPEN,
                    platform=message.platform,
                    conversation=message.conversation,
                    message_key=message.key,
                    pieces=list(pieces[start : start + per_delivery]),
                    is_first=start == 0,
                )
            )

    async def deliver_open(self, conversation: str, door: PlatformDoor) -> None:
        """Deliver everything open in a conversation, in order; returns when nothing is open any more."""
        while delivery := await self._begin_attempt(conversation):
            if failure := await _finished(self._attempt(delivery, door), self._patience.last_call_s):
                await self._wait(delivery, failure)

    async def note(self, key: UUID, note: str | None) -> None:
        """Write down what a door must know about an open delivery even if it is killed the moment after."""
        async with self._store.transaction() as transaction:
            await transaction.execute(update(deliveries).where(deliveries.c.key == key).values(note=note))

    async def claim(self, token: str, key: UUID | None) -> bool:
        """Keep a reply token for one delivery, noted as above, or with None for a notice; False where it is another's.

        A token works once. Where every life of the bot knows whose it is, one that the platform refuses after an
        attempt of unknown outcome was used by that attempt, and not for something else before.
        """
        row = {"token": token, "delivery": key, "taken_at": datetime.now(UTC)}
        async with self._store.transaction() as transaction:
            if not await insert_new(transaction, tokens, tokens.c.token, [row]):
                owner = select(tokens.c.delivery).where(tokens.c.token == token)
                if (await transaction.execute(owner)).scalar() != key:
                    return False
            if key:
                await transaction.execute(update(deliveries).where(deliveries.c.key == key).values(note=token))
        return True

    async def is_ours(self, platform: Platform, message_id: str) -> bool:
        """Tell whether the bot itself sent this message (a reply to it, or a quotation of it, addresses the bot)."""
        return await self.answered_key(platform, message_id) is not None

    async def answered_key(self, platform: Platform, message_id: str) -> str | None:
        """Return the key of the message that this message of the bot's answered; None when it is not the bot's."""
        query = select(sent.c.message_key).where(sent.c.platform == platform, sent.c.message_id == message_id)
        async with self._store.transaction() as transaction:
            key: str | None = (await transaction.execute(query)).scalar()
            return key

    async def num_pushes(self, platform: Platform, since: datetime) -> int:
        """Return how many pushes were spent since then."""
        query = select(func.coalesce(func.sum(deliveries.c.num_pushes), 0)).where(
            deliveries.c.platform == platform, deliveries.c.closed_at >= since
        )
        async with self._store.transaction() as transaction:
            return int((await transaction.execute(query)).scalar_one())

    async def forget_before(self, moment: datetime) -> None:
        """Forget deliveries that were closed before this moment, the ids of what was sent and the tokens taken."""
        async with self._store.transaction() as transaction:
            closed = (deliveries.c.state != State.OPEN) & (deliveries.c.closed_at < moment)
            await transaction.execute(delete(deliveries).where(closed))
            await transaction.execute(delete(sent).where(sent.c.sent_at < moment))
            await transaction.execute(delete(tokens).where(tokens.c.taken_at < moment))

    async def _begin_attempt(self, conversation: str) -> Delivery | None:
        query = (
            select(messages, *(deliveries.c[name].label(f"d_{name}") for name in ("key", "pieces", "is_first", "note")))
            .add_columns(deliveries.c.num_attempts.label("d_num_attempts"))
            .join(messages, messages.c.key == deliveries.c.message_key)
            .where(deliveries.c.state == State.OPEN, deliveries.c.conversation == conversation)
            .order_by(deliveries.c.id)
            .limit(1)
        )
        async with self._store.transaction() as transaction:
            row = (await transaction.execute(query)).mappings().first()
            if row is None:
                return None
            is_answer = select(answers.c.message_key).where(answers.c.message_key == row["key"])
            further = select(deliveries.c.id).where(
                deliveries.c.message_key == row["key"],
                deliveries.c.state == State.OPEN,
                deliveries.c.key != row["d_key"],
            )
            found = [(await transaction.execute(each.limit(1))).first() for each in (is_answer, further)]
            await transaction.execute(
                update(deliveries)
                .where(deliveries.c.key == row["d_key"])
                .values(num_attempts=deliveries.c.num_attempts + 1)
            )
        return Delivery(
            key=row["d_key"],
            message=message_from(row),
            pieces=tuple(row["d_pieces"]),
            is_first=row["d_is_first"],
            num_attempts=row["d_num_attempts"],
            note=row["d_note"],
            is_last=found[1] is None,
            is_answer=found[0] is not None,
        )

    async def _attempt(self, delivery: Delivery, door: PlatformDoor) -> DeliveryFailed | None:
        """Try once and write down what came of it; returns why another attempt is due."""
        try:
            delivered = await _deliver(door, delivery)
        except DeliveryFailed as failure:
            if not failure.may_have_arrived:
                await self._uncount(delivery)
            return failure
        except DeliveryRefused as refusal:
            log.warning("%s refused for good: %s", delivery.message.key, refusal)
            await self._refuse(delivery)
        else:
            await self._confirm(delivery, delivered)
        return None

    async def _wait(self, delivery: Delivery, failure: DeliveryFailed) -> None:
        age_s = (datetime.now(UTC) - delivery.message.sent_at).total_seconds()
        if age_s > self._patience.give_up_after_s:
            log.error("%s given up after %.0f s: %s", delivery.message.key, age_s, failure)
            await self._refuse(delivery)
            return
        doubled_s = self._patience.first_s * 2.0 ** min(delivery.num_attempts, 16)
        delay_s = min(failure.retry_after_s or doubled_s, self._patience.most_s)
        log.warning("%s not delivered, next attempt in %.1f s: %s", delivery.message.key, delay_s, failure)
        with suppress(TimeoutError):
            async with asyncio.timeout(delay_s):
                await (failure.retry_when or asyncio.Event()).wait()

    async def _uncount(self, delivery: Delivery) -> None:
        async with self._store.transaction() as transaction:
            await transaction.execute(
                update(deliveries).where(deliveries.c.key == delivery.key).values(num_attempts=delivery.num_attempts)
            )

    async def _refuse(self, delivery: Delivery) -> None:
        still_open = (deliveries.c.message_key == delivery.message.key) & (deliveries.c.state == State.OPEN)
        async with self._store.transaction() as transaction:
            await transaction.execute(
                update(deliveries).where(still_open).values(**_closed(State.REFUSED, datetime.now(UTC)))
            )

    async def _confirm(self, delivery: Delivery, delivered: Delivered) -> None:
        platform, key, moment = delivery.message.platform, delivery.message.key, datetime.now(UTC)
        async with self._store.transaction() as transaction:
            await transaction.execute(
                update(deliveries)
                .where(deliveries.c.key == delivery.key)
                .values(**_closed(State.CONFIRMED, moment), num_pushes=delivered.num_pushes)
            )
            known = select(sent.c.message_id).where(
                sent.c.platform == platform, sent.c.message_id.in_(delivered.message_ids)
            )
            seen = set((await transaction.execute(known)).scalars())
            for message_id in dict.fromkeys(delivered.message_ids):
                if message_id not in seen:
                    await transaction.execute(
                        insert(sent).values(platform=platform, message_id=message_id, message_key=key, sent_at=moment)
                    )
        log.info("%s delivered, %d pieces, attempt %d", key, len(delivery.pieces), delivery.num_attempts + 1)


def _closed(state: State, moment: datetime) -> dict[str, object]:
    """Return what a closed delivery looks like: nothing of its text is left."""
    return {"state": state, "pieces": [], "note": None, "closed_at": moment}


async def _finished(attempt: Coroutine[Any, Any, T], last_call_s: float) -> T:
    """Return what an attempt returns. Whoever is cancelled meanwhile lets it end first: a call cut off leaves doubt."""
    task = asyncio.create_task(attempt)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait((task,), timeout=last_call_s)
        task.cancel()
        await asyncio.wait((task,))
        raise


async def _deliver(door: PlatformDoor, delivery: Delivery) -> Delivered:
    """Deliver; a door that breaks its promise to raise only two errors holds up its own conversation, no other."""
    try:
        return await door.deliver(delivery)
    except (DeliveryFailed, DeliveryRefused):
        raise
    except Exception as error:
        log.exception("%s: the door failed unexpectedly", delivery.message.key)
        raise DeliveryFailed(f"unexpected {type(error).__name__}") from error
