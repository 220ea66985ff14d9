"""Erases what is kept of one author, and proves it by asking the database.

Knows every table. Does not know who may ask for it. The log of what administrators did is not touched.
"""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, func, select, update

from bot.answers import forget_turns, ratings
from bot.history import is_turn_of
from bot.inbox import Inbox, State
from bot.message import Platform
from bot.store import Store, Transaction, deliveries, messages, turns
from bot.talk import talk
from bot.withdrawal import withdraw_replies


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """How many turns were erased, how many messages will not be answered, and what is left of the author: 0."""

    num_turns: int
    num_withdrawn: int
    num_left: int


class Erasure:
    """Honours the wish to be forgotten, in every conversation the author took part in."""

    def __init__(self, store: Store, inbox: Inbox) -> None:
        self._store = store
        self._inbox = inbox

    async def erase(self, platform: Platform, author_id: str) -> Erased:
        """Withdraw what the author waits for, then erase what was said and who said it.

        Events stay without text and author, so that one delivered again is not taken for a new message; the message
        that asked for this keeps its author until it is answered.
        """
        waiting = await self._waiting(platform, author_id)
        for message_id in waiting:
            await self._inbox.withdraw(platform, message_id)
        async with self._store.transaction() as transaction:
            num_turns = await _erase(transaction, platform, author_id)
            num_left = await _num_left(transaction, platform, author_id)
        await self._store.settle()
        return Erased(num_turns=num_turns, num_withdrawn=len(waiting), num_left=num_left)

    async def _waiting(self, platform: Platform, author_id: str) -> list[str]:
        query = select(messages.c.message_id).where(
            messages.c.platform == platform, messages.c.author_id == author_id, messages.c.state == State.WAITING
        )
        async with self._store.transaction() as transaction:
            return list((await transaction.execute(query)).scalars())


async def _erase(transaction: Transaction, platform: Platform, author_id: str) -> int:
    answered = select(turns.c.message_key).where(is_turn_of(platform, author_id))
    direct = f"{platform}:{author_id}"
    mine = deliveries.c.message_key.in_(answered) | (deliveries.c.conversation == direct)
    await withdraw_replies(transaction, mine)
    await transaction.execute(update(deliveries).where(deliveries.c.conversation == direct).values(conversation=""))
    done = messages.c.state.in_((State.ANSWERED, State.WITHDRAWN)) & (messages.c.conversation == direct)
    nowhere = {"conversation": "", "conversation_id": "", "reply_to": None}
    await transaction.execute(update(messages).where(done).values(nowhere))
    await transaction.execute(delete(ratings).where(_is_rating_of(platform, author_id)))
    await transaction.execute(delete(talk).where(_is_line_of(platform, author_id)))
    return await forget_turns(transaction, is_turn_of(platform, author_id))


async def _num_left(transaction: Transaction, platform: Platform, author_id: str) -> int:
    turns_left = select(func.count()).select_from(turns).where(is_turn_of(platform, author_id))
    messages_left = (
        select(func.count())
        .select_from(messages)
        .where(messages.c.platform == platform, messages.c.author_id == author_id, messages.c.state != State.BEGUN)
    )
    ratings_left = select(func.count()).select_from(ratings).where(_is_rating_of(platform, author_id))
    lines_left = select(func.count()).select_from(talk).where(_is_line_of(platform, author_id))
    queries = (turns_left, messages_left, ratings_left, lines_left)
    return sum([(await transaction.execute(query)).scalar_one() for query in queries])


def _is_rating_of(platform: Platform, author_id: str) -> ColumnElement[bool]:
    return (ratings.c.platform == platform) & (ratings.c.author_id == author_id)


def _is_line_of(platform: Platform, author_id: str) -> ColumnElement[bool]:
    return (talk.c.platform == platform) & (talk.c.author_id == author_id)
