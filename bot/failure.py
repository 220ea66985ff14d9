"""One table: what went wrong, and the sentence for the person who waits. The log gets the exception's own message."""

from collections.abc import Callable
from uuid import uuid4

from bot.completions import (
    PromptTooLong,
    QueueFull,
    Refused,
    UnknownCheckpoint,
    WorkerLoading,
    WorkerSwapping,
    WorkerUnreachable,
)
from bot.i18n import Sentences
from model.persona import PersonaError

SENTENCE_FOR: tuple[tuple[type[Exception], str], ...] = (
    (WorkerUnreachable, "worker_down"),
    (QueueFull, "busy"),
    (WorkerSwapping, "swapping"),
    (WorkerLoading, "loading"),
    (PromptTooLong, "too_long"),
    (UnknownCheckpoint, "not_configured"),
    (Refused, "not_configured"),
    (PersonaError, "not_configured"),
)


def explain(error: BaseException, sentences: Sentences, log: Callable[..., None]) -> str:
    """Log an error under a short id and return what the waiting person is told, with the same id."""
    short_id = uuid4().hex[:6]
    key = next((key for kind, key in SENTENCE_FOR if isinstance(error, kind)), "unexpected")
    log("failure %s: %s: %s", short_id, type(error).__name__, error, exc_info=error if key == "unexpected" else None)
    return sentences.say(key, id=short_id)
