"""Invented messages for tests."""

from datetime import UTC, datetime
from typing import Any

from bot.composed import Composed
from bot.message import IncomingMessage, Platform


def message(text: str, **fields: Any) -> IncomingMessage:
    """Return a direct message of an invented author; every field can be given."""
    given = {
        "platform": Platform.DISCORD,
        "event_id": "1",
        "conversation_id": "c",
        "author_id": "hana",
        "sent_at": datetime.now(UTC),
        "is_direct": True,
        "is_addressed": False,
    }
    return IncomingMessage(text=text, **(given | fields))


def answer(text: str, **fields: Any) -> Composed:
    """Return an answer of an invented checkpoint; every field can be given."""
    return Composed(text=text, **({"checkpoint": "hanako", "finish_reason": "stop", "num_tokens": 1} | fields))
