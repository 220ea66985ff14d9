"""The same question to several checkpoints at once, side by side.

Knows the worker's ordinary requests: they run in parallel, so an engine of ours takes them into the same steps, and any
other server answers them as it likes. Does not know how a comparison is shown.
"""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from bot.completions import Overrides, Part, Worker, WorkerError
from model.conversation import Conversation

_MAX_SEED = 2**31


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What one checkpoint said, whole."""

    checkpoint: str
    text: str
    finish_reason: str
    num_tokens: int


@dataclass(frozen=True, slots=True)
class _Ended:
    """One answer is over; ``error`` says why it is not whole."""

    error: WorkerError | None = None


async def compare(
    worker: Worker, conversation: Conversation, checkpoints: Sequence[str], *, author: str, overrides: Overrides
) -> AsyncGenerator[tuple[int, Part], None]:
    """Yield (index of the checkpoint, part) as they come; closing the generator cancels every answer.

    All draw with one seed, so that what differs is the checkpoints. The first WorkerError ends the comparison.
    """
    same = {"seed": secrets.randbelow(_MAX_SEED), **overrides}
    parts: asyncio.Queue[tuple[int, Part | _Ended]] = asyncio.Queue()

    async def ask(index: int) -> None:
        stream = worker.stream(conversation, checkpoint=checkpoints[index], author=author, overrides=same)
        end = _Ended()
        try:
            async with aclosing(stream):
                async for part in stream:
                    parts.put_nowait((index, part))
        except WorkerError as error:
            end = _Ended(error)
        finally:
            parts.put_nowait((index, end))

    tasks = [asyncio.create_task(ask(index)) for index in range(len(checkpoints))]
    try:
        num_open = len(tasks)
        while num_open:
            index, part = await parts.get()
            if isinstance(part, Part):
                yield index, part
                continue
            if part.error is not None:
                raise part.error
            num_open -= 1
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def compared(
    worker: Worker, conversation: Conversation, checkpoints: Sequence[str], *, author: str, overrides: Overrides
) -> tuple[Compared, ...]:
    """Return every checkpoint's whole answer, in the order of ``checkpoints``. Raises WorkerError."""
    heard: list[list[Part]] = [[] for _ in checkpoints]
    comparing = compare(worker, conversation, checkpoints, author=author, overrides=overrides)
    async with aclosing(comparing):
        async for index, part in comparing:
            heard[index].append(part)
    return tuple(_whole(name, parts) for name, parts in zip(checkpoints, heard, strict=True))


def _whole(checkpoint: str, parts: Sequence[Part]) -> Compared:
    return Compared(
        checkpoint=checkpoint,
        text="".join(part.text for part in parts),
        finish_reason=next((part.finish_reason for part in parts if part.finish_reason), "stop"),
        num_tokens=max((part.num_tokens for part in parts), default=0),
    )
