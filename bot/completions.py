"""What the bot asks of a worker, and how asking can fail. Knows no HTTP; ``worker_client`` does."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Protocol

from model.conversation import Conversation
from model.protocol import Status, Swapped

Overrides = Mapping[str, float | int]
"""Sampling fields that one request wants otherwise than the checkpoint's persona does."""


@dataclass(frozen=True, slots=True)
class Part:
    """A streamed part of a completion; the last ones say why it ended and how many tokens it took."""

    text: str = ""
    finish_reason: str | None = None
    num_tokens: int = 0


class WorkerError(Exception):
    """The worker did not do what it was asked."""


class WorkerUnreachable(WorkerError):
    """Nobody answers at the worker's address, or the connection broke before the answer was whole."""


class WorkerAway(WorkerUnreachable):
    """Nobody listens at the worker's address."""


class WorkerBusy(WorkerError):
    """The worker asks to come back later."""

    def __init__(self, message: str, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class QueueFull(WorkerBusy):
    """Too many others wait already."""


class WorkerLoading(WorkerBusy):
    """The worker is starting and cannot answer yet."""


class WorkerSwapping(WorkerLoading):
    """The worker lets one model go for another and cannot answer meanwhile."""


class PromptTooLong(WorkerError):
    """The conversation does not fit the model; the message names both lengths."""


class UnknownCheckpoint(WorkerError):
    """The worker has no checkpoint of this name."""


class NoSuchDoor(UnknownCheckpoint):
    """The server has no door of this kind: it is another's, OpenAI-compatible at most."""


class Refused(WorkerError):
    """The worker understood and will not: gate failed, broken checkpoint, wrong key, bad number."""


class Worker(Protocol):
    """A server that completes conversations and swaps checkpoints. Every method raises WorkerError."""

    def stream(
        self, conversation: Conversation, *, checkpoint: str, author: str, overrides: Overrides
    ) -> AsyncGenerator[Part, None]:
        """Yield the completion in parts as they come; closing the generator cancels the request."""

    async def status(self) -> Status:
        """Return what the worker is doing."""

    async def models(self) -> list[str]:
        """Return the names of the checkpoints that can be asked for."""

    async def use(self, checkpoint: str, *, who: str, force: bool) -> Swapped:
        """Let another checkpoint answer from now on."""

    async def rollback(self, *, who: str) -> Swapped:
        """Return to the checkpoint that answered before."""
