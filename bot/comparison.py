"""The same question to several checkpoints at once, side by side, and what of the answers may be shown.

Knows the worker's ordinary requests: they run in parallel, so an engine of ours takes them into the same steps, and any
other server answers them as it likes. Does not know how a comparison is shown.
"""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from bot import guards
from bot.completions import Overrides, Part, Worker, WorkerError
from bot.current import CurrentCheckpoint
from model.conversation import Conversation, Role, Turn
from model.persona import Fact
from model.recall import asked_cards, recall

_MAX_SEED = 2**31


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What one checkpoint said, whole."""

    checkpoint: str
    text: str
    finish_reason: str
    num_tokens: int


@dataclass(frozen=True, slots=True)
class Question:
    """What every checkpoint is asked: as the current persona, with what that recalls."""

    conversation: Conversation
    asked: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """What a checkpoint said, as far as anybody may see it: None where the chat would have said something else."""

    text: str | None
    verdict: guards.Fault | None


def question(text: str, current: CurrentCheckpoint) -> Question:
    """Return what to ask. Blocks, for it reads what the persona said. Raises PersonaError and FactsError."""
    answering = current.read()
    recalled = recall(answering.persona, answering.facts, text)
    system = Turn(Role.SYSTEM, answering.persona.system_text(recalled))
    asked = asked_cards(answering.persona, text, recalled)
    return Question(Conversation((system, Turn(Role.USER, text))), asked)


def scenes(checkpoint: str, asked: Question, current: CurrentCheckpoint) -> tuple[guards.Scene, ...]:
    """Return what an answer of a checkpoint is judged against: what it was tuned on, and what the prompt shows."""
    answering = current.read()
    said = dict.fromkeys((answering.facts, current.facts_of(checkpoint)))
    return tuple(guards.Scene(persona=answering.persona, facts=facts, asked=asked.asked) for facts in said)


def judged(said: str, finish_reason: str, against: Sequence[guards.Scene]) -> Judged:
    """Look at a whole answer as the chat does. Blocks. Raises FactsError."""
    text = guards.presentable(said, finish_reason)
    faults = [fault for scene in against if (fault := guards.fault(text, scene))]
    gravest = min(faults, key=lambda fault: fault.is_bearable, default=None)
    return Judged(text if gravest is None or gravest.is_bearable else None, gravest)


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
