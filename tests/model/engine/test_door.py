"""Between the event loop and the engine's thread nothing is lost, and nobody waits for what will not come."""

import asyncio
from collections.abc import Callable, Iterable, Iterator

import pytest

from model.engine.door import ChunkStream, Door
from model.engine.engine import Engine, QueueFull, Stats
from model.engine.rows import Move, Swap
from model.engine.scheduler import Part
from model.engine.sequence import Chunk, Sequence
from tests.model.engine.sequences import letters, make_sequence

ENDLESS = 1_000_000
"""The most a request may ask for: nobody counts so far while the test's own thread waits for a core."""


class BrittleRunner:
    """Counts up from each prompt's first token; a prompt of 13 breaks the whole step."""

    num_rows = 4
    row_tokens = 2 * ENDLESS

    def attach(self, adapter: str, weights: object) -> None:
        """Nothing to copy."""

    def detach(self, adapter: str) -> None:
        """Nothing to forget."""

    def move(self, moves: Iterable[Move | Swap]) -> None:
        """Nothing to copy."""

    def run(self, parts: tuple[Part, ...]) -> list[int | None]:
        """Count up."""
        if any(part.sequence.prompt[0] == 13 for part in parts):
            raise RuntimeError("out of memory")
        return [part.sequence.prompt[0] + len(part.sequence.tokens) + 1 for part in parts]


@pytest.fixture
def door() -> Iterator[Door]:
    """An open door before an engine of four rows and three places to wait."""
    engine = Engine(max_waiting=3)
    engine.add_runner("base", BrittleRunner())
    door = Door(engine)
    door.start()
    yield door
    door.stop()


def _asked(first: int, **fields: int) -> tuple[Sequence, ChunkStream]:
    chunks = ChunkStream()
    sequence, _ = make_sequence((first,), author=str(first), **fields)
    sequence.emit = chunks.emit
    return sequence, chunks


async def _whole(chunks: ChunkStream) -> tuple[str, Chunk]:
    async with asyncio.timeout(10):
        received = [chunk async for chunk in chunks]
    return "".join(chunk.text for chunk in received), received[-1]


async def test_answers_arrive_whole_and_in_order(door: Door) -> None:
    made = [_asked(20 * number, max_tokens=15) for number in range(1, 4)]
    for sequence, _ in made:
        await door.submit(sequence)
    for sequence, chunks in made:
        text, last = await _whole(chunks)
        assert text == letters([sequence.prompt[0] + step for step in range(1, 16)])
        assert last.finish_reason == "length"


async def test_a_refusal_reaches_whoever_submitted(door: Door) -> None:
    asked = [_asked(number)[0] for number in range(20, 25)]
    with pytest.raises(QueueFull):
        await door.call(lambda engine: [engine.submit(sequence) for sequence in asked])
    await door.call(lambda engine: engine.cancel_all())  # before the loop is closed that they emit into


async def test_cancelling_ends_the_stream_and_frees_the_row(door: Door) -> None:
    sequence, chunks = _asked(20, max_tokens=ENDLESS)
    submitting = asyncio.create_task(door.submit(sequence))
    await asyncio.sleep(0)  # the engine has it in its inbox now, and nobody waited until it has begun
    door.cancel(sequence)
    await submitting
    assert (await _whole(chunks))[1].finish_reason == "cancelled"
    assert await door.call(lambda engine: engine.stats()) == Stats(0, 0)


async def test_after_a_step_that_fails_the_next_request_is_answered(door: Door) -> None:
    broken, chunks = _asked(13)
    await door.submit(broken)
    assert "ask again" in ((await _whole(chunks))[1].error or "")
    fine, chunks = _asked(20)
    await door.submit(fine)
    assert (await _whole(chunks))[1].finish_reason == "length"


async def test_stopping_tells_everybody_who_still_waits() -> None:
    engine = Engine()
    engine.add_runner("base", BrittleRunner())
    door = Door(engine)
    door.start()
    made = [_asked(20, max_tokens=ENDLESS) for _ in range(6)]
    for sequence, _ in made:
        await door.submit(sequence)
    await asyncio.to_thread(door.stop)
    assert [(await _whole(chunks))[1].finish_reason for _, chunks in made] == ["cancelled"] * 6


async def test_a_listener_whose_loop_is_gone_stops_nobody_elses_answer(door: Door) -> None:
    sequence, _ = make_sequence((20,), author="gone", max_tokens=15)
    sequence.emit = await asyncio.to_thread(asyncio.run, _emitter())
    await door.submit(sequence)
    fine, chunks = _asked(40, max_tokens=15)
    await door.submit(fine)
    assert (await _whole(chunks))[1].finish_reason == "length"


async def _emitter() -> Callable[[Chunk], None]:
    return ChunkStream().emit
