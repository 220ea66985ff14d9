"""One question, several checkpoints: asked alike, heard side by side, ended together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from bot.comparison import compare, compared
from bot.completions import UnknownCheckpoint
from bot.worker_client import WorkerClient
from model.conversation import Conversation, Role, Turn
from tests.model.workers import until
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


async def test_parts_come_while_the_other_still_thinks(client: WorkerClient, worker: Worker) -> None:
    worker.script = [Say("はやい"), Say("おそい", after_s=90)]
    comparing = compare(client, QUESTION, TWO, author="U1", overrides={})
    async with asyncio.timeout(30), aclosing(comparing):
        heard = [(await anext(comparing))[1].text for _ in range(3)]
    assert "".join(heard) == "はやい"
    await asyncio.to_thread(until, lambda: worker.num_cancelled == 1)


async def test_one_that_cannot_answer_ends_the_comparison_with_its_reason(client: WorkerClient, worker: Worker) -> None:
    worker.script = [Say("おそい", after_s=90), Refuse(404, "model_not_found", "There is no checkpoint 'dare'.")]
    async with asyncio.timeout(30):
        with pytest.raises(UnknownCheckpoint, match="'dare'"):
            await compared(client, QUESTION, ("hanako", "dare"), author="U1", overrides={})
