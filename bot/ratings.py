"""What people thought of answers: a thumb up or down. Knows who rated which answer; does not know buttons or training.

A rating holds no text. Whoever learns from ratings reads what was said from the history, of the platforms the operator
has allowed and while it is remembered; what came through Discord is never read, because its developer policy forbids
training on it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import Row, case, delete, func, insert, select

from bot.answers import answers, ratings
from bot.message import Platform
from bot.store import Store, Transaction, sent, turns
from model.conversation import Role, Turn

Thumb = Literal[1, -1]
NEVER_TRAINED_ON = frozenset({Platform.DISCORD})


@dataclass(frozen=True, slots=True)
class Tally:
    """How many thumbs went up and down."""

    num_up: int
    num_down: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated:
    """One rated answer: what the model read, what it said, and whether most of those who rated it liked it."""

    checkpoint: str
    platform: Platform
    prompt: tuple[Turn, ...]
    reply: str
    is_liked: bool


class Ratings:
    """Keeps the last thumb of each author for each answer."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def rate(self, platform: Platform, message_id: str, author: str, value: Thumb) -> bool:
        """Keep an author's thumb; False when no remembered answer is meant, or ``value`` is no thumb.

        ``message_id`` is the platform's id of the reply, or the key of the message that was answered
        (``IncomingMessage.key``) where a door builds the button before the platform has named the reply.
        """
        async with self._store.transaction() as transaction:
            key = await _answered_key(transaction, platform, message_id)
            if key is None or value not in (1, -1):
                return False
            mine = (ratings.c.message_key == key) & (ratings.c.author_id == author)
            await transaction.execute(delete(ratings).where(mine))
            rating = {"message_key": key, "author_id": author, "platform": platform, "value": value}
            await transaction.execute(insert(ratings).values(**rating, rated_at=datetime.now(UTC)))
        return True

    async def given(self, platform: Platform, author: str) -> dict[str, Thumb]:
        """Return an author's thumbs by the key of the message that was answered."""
        query = select(ratings.c.message_key, ratings.c.value).where(
            ratings.c.platform == platform, ratings.c.author_id == author
        )
        async with self._store.transaction() as transaction:
            return dict(map(tuple, (await transaction.execute(query)).all()))

    async def tally(self) -> dict[str, Tally]:
        """Return the thumbs of each checkpoint's answers, by its name."""
        up, down = (func.sum(case((ratings.c.value == value, 1), else_=0)) for value in (1, -1))
        query = (
            select(answers.c.checkpoint, up, down)
            .join(ratings, ratings.c.message_key == answers.c.message_key)
            .group_by(answers.c.checkpoint)
        )
        async with self._store.transaction() as transaction:
            return {name: Tally(ups, downs) for name, ups, downs in (await transaction.execute(query)).all()}

    async def rated(self, platforms: Collection[Platform]) -> list[Rated]:
        """Return the rated answers of these platforms, oldest first; an answer liked as often as not is left out.

        Raises ValueError when a platform is among them whose words may not be trained on.
        """
        if forbidden := NEVER_TRAINED_ON & set(platforms):
            raise ValueError(f"what was said on {', '.join(sorted(forbidden))} must not be trained on")
        score = func.sum(ratings.c.value).label("score")
        query = (
            select(answers, score)
            .join(ratings, ratings.c.message_key == answers.c.message_key)
            .where(answers.c.platform.in_(platforms))
            .group_by(answers.c.message_key)
            .having(score != 0)
            .order_by(answers.c.answered_at)
        )
        async with self._store.transaction() as transaction:
            rows = (await transaction.execute(query)).all()
            found = [await _rated(transaction, row) for row in rows]
        return [rated for rated in found if rated]


async def _answered_key(transaction: Transaction, platform: Platform, message_id: str) -> str | None:
    delivered = select(sent.c.message_key).where(sent.c.platform == platform, sent.c.message_id == message_id)
    known = (answers.c.message_key == message_id) | answers.c.message_key.in_(delivered)
    query = select(answers.c.message_key).where(known, answers.c.platform == platform)
    key: str | None = (await transaction.execute(query)).scalar()
    return key


async def _rated(transaction: Transaction, row: Row[Any]) -> Rated | None:
    """Read what was said, as the model read it; None when it is not remembered whole."""
    own = select(turns).where(turns.c.message_key == row.message_key).order_by(turns.c.position)
    pair = (await transaction.execute(own)).all()
    if len(pair) != 2:
        return None
    question, reply = pair
    before = (
        select(turns.c.role, turns.c.text)
        .where(turns.c.conversation == question.conversation, turns.c.position < question.position)
        .where(turns.c.position >= question.position - row.num_history)
        .order_by(turns.c.position)
    )
    history = [Turn(Role(role), text) for role, text in (await transaction.execute(before)).all()]
    return Rated(
        checkpoint=row.checkpoint,
        platform=Platform(row.platform),
        prompt=(Turn(Role.SYSTEM, row.system), *history, Turn(Role.USER, question.text)),
        reply=reply.text,
        is_liked=row.score > 0,
    )
