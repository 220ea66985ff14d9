"""How each remembered answer came about, and what people thought of it. Knows no prompt and no platform.

Invariants:
- neither table holds a word of an author: what was said stands in ``turns`` alone
- a row lives exactly as long as the turns it is about: ``forget_turns`` is the one way in which turns go
"""

from datetime import UTC, datetime

from sqlalchemy import JSON, Column, ColumnElement, Integer, String, Table, Text, delete, insert, select

from bot.composed import Composed
from bot.message import IncomingMessage
from bot.store import AwareDateTime, Transaction, metadata, turns

answers = Table(
    "answers",
    metadata,
    Column("message_key", String(200), primary_key=True),
    Column("platform", String(16), nullable=False),
    Column("checkpoint", String(200), nullable=False, index=True),
    Column("system", Text, nullable=False),
    Column("num_history", Integer, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("verdicts", JSON, nullable=False),
    Column("answered_at", AwareDateTime, nullable=False),
)

ratings = Table(
    "ratings",
    metadata,
    Column("message_key", String(200), primary_key=True),
    Column("author_id", String(160), primary_key=True),
    Column("platform", String(16), nullable=False),
    Column("value", Integer, nullable=False),
    Column("rated_at", AwareDateTime, nullable=False),
)


async def add_answer(transaction: Transaction, message: IncomingMessage, composed: Composed) -> None:
    """Note how the answer to a message came about."""
    await transaction.execute(
        insert(answers).values(
            message_key=message.key,
            platform=message.platform,
            checkpoint=composed.checkpoint,
            system=composed.system,
            num_history=composed.num_history,
            facts=list(composed.facts),
            verdicts=list(composed.verdicts),
            answered_at=datetime.now(UTC),
        )
    )


async def forget_turns(transaction: Transaction, which: ColumnElement[bool]) -> int:
    """Forget the turns for which ``which`` holds, and all that was noted about them; return how many turns went."""
    keys = select(turns.c.message_key).where(which)
    await transaction.execute(delete(ratings).where(ratings.c.message_key.in_(keys)))
    await transaction.execute(delete(answers).where(answers.c.message_key.in_(keys)))
    return (await transaction.execute(delete(turns).where(which))).rowcount
