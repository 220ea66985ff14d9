"""A number of people who are answered without pause, and what they notice while something changes.

Knows streams and their gaps, on the same path as the worker's, without HTTP. Does not know what changes.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from model.bench.workload import Ask, asks
from model.engine.detokeniser import Detokeniser
from model.engine.door import ChunkStream, Door
from model.engine.engine import Engine
from model.engine.sequence import Chunk, Sequence
from model.sampling import Sampling
from model.served import Served
from model.serving import Serving, Swapping
from model.shelf import Shelf
from model.weights import Placement, Weights

BEFORE_S = 0.5  # of undisturbed streams before each change, to compare with
_COME_AGAIN_S = 0.05


@dataclass(frozen=True, slots=True)
class Open:
    """What a worker is without HTTP."""

    serving: Serving
    door: Door


@asynccontextmanager
async def opened(home: Path, placement: Placement, *, default_base: str, first: str) -> AsyncIterator[Open]:
    """Let ``first`` of the checkpoints in ``home`` answer."""
    door = Door(Engine())
    serving = Serving(Shelf(home), Weights(placement, door), door, default_base=default_base)
    door.start()
    try:
        await serving.start(first)
        yield Open(serving, door)
    finally:
        await asyncio.to_thread(door.stop)


@dataclass(slots=True, kw_only=True)
class Stream:
    """One answer: which checkpoint began it, its sequence, when each token came and how it ended."""

    served: Served
    sequence: Sequence
    arrived_at: list[float] = field(default_factory=list)
    last: Chunk | None = None

    def gaps(self, begin: float, end: float) -> Iterator[float]:
        """Yield the seconds between two tokens where any of them lies in ``begin`` to ``end``."""
        yield from (late - early for early, late in pairwise(self.arrived_at) if late >= begin and early <= end)


class Crowd:
    """Keeps a number of streams running: whoever has an answer asks the next question.

    ``has_begun`` is set once that many have their first token.
    """

    def __init__(self, worker: Open, size: int) -> None:
        self.streams: list[Stream] = []
        self.has_begun = asyncio.Event()
        self._worker = worker
        self._size = size
        self._num_begun = 0
        self._is_leaving = False

    async def run(self) -> None:
        """Ask until told to leave; returns when the last answer has ended."""
        workload = asks(200, seed=1)
        async with asyncio.TaskGroup() as tasks:
            for number in range(self._size):
                tasks.create_task(self._ask_on(workload[number :: self._size]))

    def leave(self) -> None:
        """Let everybody finish what runs and ask no more."""
        self._is_leaving = True

    async def _ask_on(self, workload: list[Ask]) -> None:
        number = 0
        while not self._is_leaving:
            await self._ask(workload[number % len(workload)])
            number += 1

    async def _ask(self, ask: Ask) -> None:
        served = await self._find()
        chunks = ChunkStream()
        stream = Stream(served=served, sequence=sequence(served, ask))

        def emit(chunk: Chunk) -> None:
            stream.arrived_at.append(time.perf_counter())
            chunks.emit(chunk)

        stream.sequence.emit = emit
        self.streams.append(stream)
        await self._worker.door.submit(stream.sequence)
        async for chunk in chunks:
            if stream.last is None:
                self._count_begun()
            stream.last = chunk

    async def _find(self) -> Served:
        """Return what is current; whoever is told to come again does so until it is there."""
        while True:
            try:
                return await self._worker.serving.find("current")
            except Swapping:
                await asyncio.sleep(_COME_AGAIN_S)

    def _count_begun(self) -> None:
        self._num_begun += 1
        if self._num_begun == self._size:
            self.has_begun.set()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """One change and everything that was answered around it; times as ``perf_counter`` reads them."""

    begun_at: float
    ended_at: float
    streams: list[Stream]

    @property
    def num_failed(self) -> int:
        """How many answers did not reach their length."""
        return sum(each.last is None or each.last.finish_reason != "length" for each in self.streams)


async def around(change: Callable[[], Awaitable[object]], worker: Open, size: int) -> Ran:
    """Carry out ``change`` while ``size`` answers run."""
    crowd = Crowd(worker, size)
    running = asyncio.create_task(crowd.run())
    await crowd.has_begun.wait()
    await asyncio.sleep(BEFORE_S)
    begun_at = time.perf_counter()
    await change()
    ended_at = time.perf_counter()
    await asyncio.sleep(BEFORE_S)
    crowd.leave()
    await running
    return Ran(begun_at=begun_at, ended_at=ended_at, streams=crowd.streams)


def sequence(served: Served, ask: Ask) -> Sequence:
    """Return a greedy sequence for ``ask`` that ends only at its length; its tokens go to nobody yet."""
    return Sequence(
        runner=served.runner,
        adapter=served.adapter,
        author="",
        prompt=ask.prompt,
        sampling=Sampling(max_tokens=ask.num_tokens, temperature=0, repetition_penalty=1),
        end_tokens=frozenset(),
        detokeniser=Detokeniser(lambda tokens: served.tokenizer.decode(tokens, skip_special_tokens=True)),
        emit=lambda _: None,
    )
