"""What was said at the console before: questions with their answers, oldest first. Knows the table of turns alone."""

from dataclasses import dataclass

from sqlalchemy import select

from bot.message import Platform
from bot.platforms.console.room import CONVERSATION_ID
from bot.store import Store, turns
from model.conversation import Role

MAX_TURNS = 100
"""How much of the conversation a freshly opened page shows."""


@dataclass(frozen=True, slots=True)
class Said:
    """One question, its answer, and the key of its message."""

    key: str
    question: str
    answer: str


async def said_before(store: Store) -> list[Said]:
    """Return the latest questions that are remembered with an answer."""
    query = (
        select(turns.c.message_key, turns.c.role, turns.c.text)
        .where(turns.c.conversation == f"{Platform.CONSOLE}:{CONVERSATION_ID}")
        .order_by(turns.c.position.desc())
        .limit(MAX_TURNS)
    )
    async with store.transaction() as transaction:
        rows = (await transaction.execute(query)).all()
    spoken: dict[str, dict[Role, str]] = {}
    for key, role, text in reversed(rows):
        spoken.setdefault(key, {})[Role(role)] = text
    return [
        Said(key, pair[Role.USER], pair[Role.ASSISTANT])
        for key, pair in spoken.items()
        if pair.keys() == {Role.USER, Role.ASSISTANT}
    ]
