"""What was said at the console before, and how each answer came about. Knows the tables of turns and answers."""

from dataclasses import dataclass

from sqlalchemy import select

from bot.answers import answers
from bot.message import Platform
from bot.platforms.console.room import CONVERSATION_ID
from bot.store import Store, turns
from model.conversation import Conversation, Role, Turn

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the model read for one answer, what was recalled for it, and what the guards found in each try."""

    checkpoint: str
    conversation: Conversation
    facts: tuple[str, ...]
    verdicts: tuple[str, ...]


async def seen(store: Store, key: str) -> Seen | None:
    """Return how the answer to the message ``key`` came about; None when it is not remembered."""
    async with store.transaction() as transaction:
        note = (await transaction.execute(select(answers).where(answers.c.message_key == key))).first()
        own = select(turns).where(turns.c.message_key == key, turns.c.role == Role.USER)
        question = (await transaction.execute(own)).first()
        if note is None or question is None:
            return None
        before = (
            select(turns.c.role, turns.c.text)
            .where(turns.c.conversation == question.conversation, turns.c.position < question.position)
            .where(turns.c.position >= question.position - note.num_history)
            .order_by(turns.c.position)
        )
        history = [Turn(Role(role), text) for role, text in (await transaction.execute(before)).all()]
    read = (Turn(Role.SYSTEM, note.system), *history, Turn(Role.USER, question.text))
    return Seen(
        checkpoint=note.checkpoint,
        conversation=Conversation(read),
        facts=tuple(note.facts),
        verdicts=tuple(note.verdicts),
    )
