"""`senpai bench swap --base`: what people notice while a whole model takes the place of another, and of a broken one.

Knows streams, who was told to come again, and that memory holds one of the models. Does not know how weights move.
"""

import asyncio
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from model.bench.crowd import Open, around, opened, sequence
from model.bench.shapes import Shape, make_whole, seal_whole
from model.bench.workload import asks
from model.engine.door import ChunkStream
from model.loader import base_of
from model.roster import Refused
from model.serving import Swapping
from model.shelf import Shelf
from model.weights import Placement

_NAMES = ("one", "other")
_BROKEN = "broken"
_LOOK_S = 0.005
_LAST_NORMS = ("model.norm.weight", "transformer.ln_f.weight")


def lay_out(home: Path, shapes: tuple[Shape, Shape], layers: int | None) -> None:
    """Write two whole models and a copy of the second that loads and cannot answer: its last norm overflows."""
    folder = Shelf(home).folder
    for name, shape in zip(_NAMES, shapes, strict=True):
        make_whole(name, folder / name, shape, layers)
    shutil.copytree(folder / _NAMES[1], folder / _BROKEN)
    weights = load_file(folder / _BROKEN / "model.safetensors")
    (norm,) = weights.keys() & set(_LAST_NORMS)
    weights[norm] = torch.full_like(weights[norm], torch.finfo(weights[norm].dtype).max)
    save_file(weights, folder / _BROKEN / "model.safetensors", metadata={"format": "pt"})
    seal_whole(_BROKEN, folder / _BROKEN)


async def exchange(home: Path, placement: Placement, *, streams: int, rounds: int) -> list[dict[str, Any]]:
    """Exchange the models of ``lay_out`` ``rounds`` times under running streams, then once for the broken one.

    Memory is given for the larger of them alone. Returns one row for each exchange.
    """
    shelf = Shelf(home)
    needed = [placement.needed_bytes(base_of(shelf.get(name))) for name in _NAMES]
    placement = replace(placement, max_bytes=max(needed))
    async with opened(home, placement, default_base="mini", first=_NAMES[0]) as worker:
        to = [_NAMES[(number + 1) % 2] for number in range(rounds)]
        return [await _row(worker, name, streams) for name in (*to, _BROKEN)]


async def _row(worker: Open, to: str, streams: int) -> dict[str, Any]:
    before = worker.serving.current
    said_before = await _say(worker)
    refusals: list[str] = []
    closed = _Closed(worker.serving.check_open)

    async def change() -> None:
        async with asyncio.TaskGroup() as tasks:
            looking = tasks.create_task(closed.look())
            try:
                await worker.serving.use(to, who="bench", force=False)
            except Refused as error:
                refusals.append(str(error))
            looking.cancel()

    ran = await around(change, worker, streams)
    after = worker.serving.current
    ended_before = [each for each in ran.streams if each.served.name == before and each.arrived_at[-1] < ran.ended_at]
    return {
        "from": before,
        "to": to,
        "took_s": round(ran.ended_at - ran.begun_at, 2),
        "unavailable_s": round(closed.seconds, 2),
        "drained_after_s": round(max(each.arrived_at[-1] for each in ended_before) - ran.begun_at, 2),
        "answers": len(ran.streams),
        "failed": ran.num_failed,
        "refused": refusals[0] if refusals else None,
        "answered_by": after,
        "answers_after": sum(each.served.name == after and each.arrived_at[0] > ran.ended_at for each in ran.streams),
        "says_the_same": await _say(worker) == said_before if after == before else None,
    }


class _Closed:
    """Counts the seconds in which a newcomer is told to come again."""

    def __init__(self, check_open: Callable[[], object]) -> None:
        self.seconds = 0.0
        self._check_open = check_open

    async def look(self) -> None:
        """Look until cancelled."""
        looked_at = time.perf_counter()
        while True:
            await asyncio.sleep(_LOOK_S)
            now = time.perf_counter()
            if self._is_closed():
                self.seconds += now - looked_at
            looked_at = now

    def _is_closed(self) -> bool:
        try:
            self._check_open()
        except Swapping:
            return True
        return False


async def _say(worker: Open) -> tuple[int, ...]:
    """Return the tokens of an answer to a question that nobody else asks, alone."""
    chunks = ChunkStream()
    asked = sequence(await worker.serving.find("current"), asks(1, seed=2)[0])
    asked.emit = chunks.emit
    await worker.door.submit(asked)
    async for _ in chunks:
        pass
    return tuple(asked.tokens)
