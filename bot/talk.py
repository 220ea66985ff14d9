"""What was said around a question: recent lines of its group, and the message it quotes.

Knows lines that were not meant for the bot, and which groups were told that it reads them. Does not know platforms or
prompts. A line is kept for a day at most, of a group that was not told about it never.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Column, ColumnElement, Index, Integer, String, Table, Text, delete, insert, select, update

from bot.message import IncomingMessage, Platform
from bot.store import AwareDateTime, Store, Transaction, messages, metadata, sent, turns
from model.conversation import Role

MAX_KEPT = 20
"""Lines of one group."""

MAX_SHOWN, MAX_SHOWN_CHARS, MAX_QUOTED_CHARS = 6, 300, 200
"""What of it a question is shown with; more would push the question out of a small model's sight."""

RECENT = timedelta(minutes=30)
KEPT = timedelta(days=1)

talk = Table(
    "talk",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("conversation", String(200), nullable=False),
    Column("platform", String(16), nullable=False),
    Column("message_id", String(160), nullable=False),
    Column("author_id", String(160), nullable=False),
    Column("text", Text, nullable=False),
    Column("said_at", AwareDateTime, nullable=False),
    Column("edited_at", AwareDateTime, nullable=False),
    Index("talk_in_order", "conversation", "said_at"),
    Index("talk_named", "platform", "message_id"),
)

told = Table(
    "told",
    metadata,
    Column("conversation", String(200), primary_key=True),
    Column("told_at", AwareDateTime, nullable=False),
)


class Talk:
    """Keeps a group's recent lines, once the group has been told so."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def tell(self, conversation: str) -> None:
        """Note that everybody there could read that the bot reads along."""
        async with self._store.transaction() as transaction:
            await transaction.execute(delete(told).where(told.c.conversation == conversation))
            await transaction.execute(insert(told).values(conversation=conversation, told_at=datetime.now(UTC)))

    async def keep(self, message: IncomingMessage) -> bool:
        """Keep a line that was not meant for the bot; False when its group was not told, or it was kept before."""
        here = message.conversation
        async with self._store.transaction() as transaction:
            if not await _has(transaction, told, told.c.conversation == here):
                return False
            name = message.message_id or message.event_id
            if await _has(transaction, talk, is_line(message.platform, name)):
                return False
            await transaction.execute(
                insert(talk).values(
                    conversation=here,
                    platform=message.platform,
                    message_id=name,
                    author_id=message.author_id,
                    text=message.text,
                    said_at=message.sent_at,
                    edited_at=message.sent_at,
                )
            )
            newest = select(talk.c.id).where(talk.c.conversation == here)
            newest = newest.order_by(talk.c.said_at.desc(), talk.c.id.desc()).limit(MAX_KEPT)
            is_surplus = (talk.c.conversation == here) & talk.c.id.not_in(newest)
            await transaction.execute(delete(talk).where(is_surplus))
        return True

    async def edit(self, platform: Platform, message_id: str, text: str, at: datetime) -> bool:
        """Change a line as its author did at a moment, unless a later change is known; False for an unknown line."""
        line = is_line(platform, message_id)
        async with self._store.transaction() as transaction:
            if not await _has(transaction, talk, line):
                return False
            await transaction.execute(update(talk).where(line, talk.c.edited_at < at).values(text=text, edited_at=at))
        return True

    async def forget(self, platform: Platform, message_id: str) -> bool:
        """Forget one line; False when it is unknown."""
        async with self._store.transaction() as transaction:
            return (await transaction.execute(delete(talk).where(is_line(platform, message_id)))).rowcount > 0

    async def forget_before(self, moment: datetime) -> None:
        """Forget lines said before this moment."""
        async with self._store.transaction() as transaction:
            await transaction.execute(delete(talk).where(talk.c.said_at < moment))


def is_line(platform: Platform, message_id: str) -> ColumnElement[bool]:
    """Return the condition that a line is this message."""
    return (talk.c.platform == platform) & (talk.c.message_id == message_id)


async def forget_talk(transaction: Transaction, conversation: str) -> None:
    """Forget the lines of a group."""
    await transaction.execute(delete(talk).where(talk.c.conversation == conversation))


async def in_context(transaction: Transaction, message: IncomingMessage) -> str:
    """Return a question's text, after the recent lines of its group and the message it quotes, where there are any."""
    lines = () if message.is_direct else await _recent(transaction, message)
    quoted = await _quoted(transaction, message) if message.quoted_id else None
    talk = ["（グループのさっきの会話）", *lines, "（ここまで）"] if lines else []
    quotation = [f"（引用：{quoted[:MAX_QUOTED_CHARS]}）"] if quoted else []
    return "\n".join([*talk, *quotation, message.context + message.text])


async def _recent(transaction: Transaction, message: IncomingMessage) -> Sequence[str]:
    """Return the latest lines, oldest first, each behind a letter for its author: names are not known here."""
    query = (
        select(talk.c.author_id, talk.c.text)
        .where(
            talk.c.conversation == message.conversation,
            talk.c.said_at <= message.sent_at,
            talk.c.said_at > message.sent_at - RECENT,
        )
        .order_by(talk.c.said_at.desc(), talk.c.id.desc())
        .limit(MAX_SHOWN)
    )
    rows = list((await transaction.execute(query)).all())
    while sum(len(row.text) for row in rows) > MAX_SHOWN_CHARS:
        rows.pop()
    authors = list(dict.fromkeys(row.author_id for row in reversed(rows)))
    return [f"{chr(ord('Ａ') + authors.index(row.author_id))}：{row.text}" for row in reversed(rows)]


async def _quoted(transaction: Transaction, message: IncomingMessage) -> str | None:
    """Return the text of the message a question quotes: a line, an answer of the bot, or a question to it.

    The latest turn needs no quoting: the history ends with it.
    """
    platform, name = message.platform, message.quoted_id
    answer = select(sent.c.message_key).where(sent.c.platform == platform, sent.c.message_id == name)
    question = select(messages.c.key).where(messages.c.platform == platform, messages.c.message_id == name)
    newest = select(turns.c.text).where(turns.c.conversation == message.conversation)
    latest = (await transaction.execute(newest.order_by(turns.c.position.desc()).limit(1))).scalar()
    for query in (
        select(talk.c.text).where(is_line(platform, name or "")),
        select(turns.c.text).where(turns.c.message_key.in_(answer), turns.c.role == Role.ASSISTANT),
        select(turns.c.text).where(turns.c.message_key.in_(question), turns.c.role == Role.USER),
    ):
        if text := (await transaction.execute(query.limit(1))).scalar():
            return None if text == latest else str(text)
    return None


async def _has(transaction: Transaction, table: Table, condition: ColumnElement[bool]) -> bool:
    return (await transaction.execute(select(table.c[0]).where(condition).limit(1))).first() is not None
