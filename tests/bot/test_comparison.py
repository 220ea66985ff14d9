"""One question, several checkpoints: asked alike, heard side by side, ended together."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

import pytest

from bot.comparison import compare, compared
from bot.completions import Overrides, Part, UnknownCheckpoint
from bot.worker_client import WorkerClient
from model.conversation import Conversation, Role, Turn
from tests.bot.fakes import FakeWorker
from tests.standins.worker import Refuse, Say, Worker

QUESTION = Conversation((Turn(Role.USER, "元気？"),))
TWO = ("hanako", "base:mini")


@pytest.fixture
async def client(worker: Worker) -> AsyncIterator[WorkerClient]:
    """A client of the scripted worker."""
    client = WorkerClient(worker.url)
    yield client
    await client.close()


async def test_both_are_asked_the_same_with_one_seed(client: WorkerClient, worker: Worker) -> None:
    answers = await compared(client, QUESTION, TWO, author="U1", overrides={"strength": 0.5})
    assert [(answer.checkpoint, answer.text) for answer in answers] == [(name, "うん、元気だよ！") for name in TWO]
    one, other = worker.requests
    assert {one.model, other.model} == set(TWO)
    assert one.model_copy(update={"model": other.model}) == other
    assert (one.seed is not None, one.strength) == (True, 0.5)


async def test_a_seed_that_was_asked_for_is_kept(client: WorkerClient, worker: Worker) -> None:
    await compared(client, QUESTION, TWO, author="U1", overrides={"seed": 7})
    assert [request.seed for request in worker.requests] == [7, 7]


class _Unequal(FakeWorker):
    """One answers at once, the other thinks for ever."""

    def __init__(self) -> None:
        super().__init__([])
        self.has_left = asyncio.Event()

    async def stream(
        self, conversation: Conversation, *, checkpoint: str, author: str, overrides: Overrides
    ) -> AsyncGenerator[Part, None]:
        """Answer, or notice that nobody listens any more."""
        yield Part(f"{checkpoint}だよ")
        if checkpoint == TWO[1]:
            try:
                await asyncio.Event().wait()
            finally:
                self.has_left.set()
        yield Part(finish_reason="stop")


async def test_parts_come_while_the_other_still_thinks_and_leaving_ends_both() -> None:
    worker = _Unequal()
    comparing = compare(worker, QUESTION, TWO, author="U1", overrides={})
    async with asyncio.timeout(30):
        async with aclosing(comparing):
            heard = [await anext(comparing) for _ in range(3)]
        await worker.has_left.wait()
    assert sorted((index, part.text) for index, part in heard) == [(0, ""), (0, "hanakoだよ"), (1, "base:miniだよ")]


async def test_one_that_cannot_answer_ends_the_comparison_with_its_reason(client: WorkerClient, worker: Worker) -> None:
    worker.script = [Say("おそい", after_s=90), Refuse(404, "model_not_found", "There is no checkpoint 'dare'.")]
    async with asyncio.timeout(30):
        with pytest.raises(UnknownCheckpoint, match="'dare'"):
            await compared(client, QUESTION, ("hanako", "dare"), author="U1", overrides={})
