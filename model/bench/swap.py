"""`senpai bench swap`: what people notice while an adapter takes the place of another.

Knows streams, gaps and swaps, on the same path as the worker's, without HTTP. Does not know how weights move.
"""

import asyncio
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from model.bench.oracle import judge
from model.bench.shapes import make_adapter
from model.bench.workload import Ask, asks
from model.engine.detokeniser import Detokeniser
from model.engine.door import ChunkStream, Door
from model.engine.engine import Engine
from model.engine.sequence import Chunk, Sequence
from model.loader import LoadedBase, Quantization
from model.sampling import Sampling
from model.served import Served
from model.serving import Serving
from model.shelf import Shelf
from model.weights import Placement, Weights

_NAMES = ("one", "other")
_BEFORE_S = 0.5  # of undisturbed streams before each swap, to compare with


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

    def __init__(self, serving: Serving, door: Door, size: int) -> None:
        self.streams: list[Stream] = []
        self.has_begun = asyncio.Event()
        self._serving = serving
        self._door = door
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
        served = await self._serving.find("current")
        chunks = ChunkStream()
        stream = Stream(served=served, sequence=_sequence(served, ask))

        def emit(chunk: Chunk) -> None:
            stream.arrived_at.append(time.perf_counter())
            chunks.emit(chunk)

        stream.sequence.emit = emit
        self.streams.append(stream)
        await self._door.submit(stream.sequence)
        async for chunk in chunks:
            if stream.last is None:
                self._count_begun()
            stream.last = chunk

    def _count_begun(self) -> None:
        self._num_begun += 1
        if self._num_begun == self._size:
            self.has_begun.set()


async def swap(loaded: LoadedBase, quantization: Quantization, *, streams: int, rounds: int) -> list[dict[str, Any]]:
    """Swap between two random adapters ``rounds`` times under running streams; return one row a swap.

    ``loaded`` is the bare base: it makes the adapters, and afterwards says whose tokens were written.
    """
    with tempfile.TemporaryDirectory(prefix="senpai-bench-") as folder:
        home = Path(folder)
        for name in _NAMES:
            make_adapter(name, home / "checkpoints" / name, loaded)
        door = Door(Engine())
        placement = Placement(quantization=quantization, device=loaded.device, bases_dir=home / "bases")
        serving = Serving(Shelf(home), Weights(placement, door), door, default_base=loaded.base.name)
        door.start()
        try:
            await serving.start(_NAMES[0])
            rows = [await _round(serving, door, _NAMES[(number + 1) % 2], streams) for number in range(rounds)]
        finally:
            await asyncio.to_thread(door.stop)
        return [_row(ran, loaded, Shelf(home)) for ran in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ran:
    """One swap and everything that was answered around it; times as ``perf_counter`` reads them."""

    begun_at: float
    ended_at: float
    streams: list[Stream]


async def _round(serving: Serving, door: Door, to: str, size: int) -> _Ran:
    """Swap to ``to``, which is not in memory, while ``size`` answers run; in the end unload what was current."""
    before = serving.current
    crowd = Crowd(serving, door, size)
    running = asyncio.create_task(crowd.run())
    await crowd.has_begun.wait()
    await asyncio.sleep(_BEFORE_S)
    begun_at = time.perf_counter()
    await serving.use(to, who="bench", force=False)
    ended_at = time.perf_counter()
    await asyncio.sleep(_BEFORE_S)
    crowd.leave()
    await running
    await serving.unload(before)
    return _Ran(begun_at=begun_at, ended_at=ended_at, streams=crowd.streams)


def _row(ran: _Ran, loaded: LoadedBase, shelf: Shelf) -> dict[str, Any]:
    took_s = ran.ended_at - ran.begun_at
    during = [gap for stream in ran.streams for gap in stream.gaps(ran.begun_at, ran.ended_at)]
    before = [gap for stream in ran.streams for gap in stream.gaps(ran.begun_at - _BEFORE_S, ran.begun_at)]
    verdict = judge(loaded, shelf, _NAMES, [(each.served.name, each.sequence) for each in ran.streams])
    return {
        "swap_ms": round(took_s * 1000, 1),
        "gap_ms_longest": round(max(during) * 1000, 1),
        "gap_ms_longest_before": round(max(before) * 1000, 1),
        "step_ms_p50": round(median(before) * 1000, 1),
        "answers": len(ran.streams),
        "failed": sum(each.last is None or each.last.finish_reason != "length" for each in ran.streams),
        "tokens": verdict.num_tokens,
        "tokens_told_apart": verdict.told_apart,
        "tokens_of_the_wrong_adapter": verdict.wrong,
        "tokens_unlike_both": verdict.unlike_both,
    }


def _sequence(served: Served, ask: Ask) -> Sequence:
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
