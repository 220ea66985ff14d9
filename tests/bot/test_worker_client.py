"""The worker's answers and errors, with the real OpenAI client."""

from collections.abc import AsyncIterator

import pytest

from bot.completions import (
    PromptTooLong,
    QueueFull,
    Refused,
    UnknownCheckpoint,
    WorkerAway,
    WorkerLoading,
    WorkerSwapping,
    WorkerUnreachable,
)
from bot.worker_client import WorkerClient
from model.conversation import Conversation, Role, Turn
from tests.standins.worker import Refuse, Say, Worker

QUESTION = Conversation((Turn(Role.USER, "元気？"),))


@pytest.fixture
async def client(worker: Worker) -> AsyncIterator[WorkerClient]:
    """A client of the scripted worker."""
    client = WorkerClient(worker.url)
    yield client
    await client.close()


async def _ask(client: WorkerClient) -> str:
    stream = client.stream(QUESTION, checkpoint="hanako", author="U1", overrides={"top_k": 5, "temperature": 0.5})
    return "".join([part.text async for part in stream])


async def test_an_answer_is_streamed_and_what_was_asked_arrives_without_the_authors_id(client, worker) -> None:
    assert await _ask(client) == "うん、元気だよ！"
    (request,) = worker.requests
    assert (request.model, request.top_k, request.temperature) == ("hanako", 5, 0.5)
    assert request.user and "U1" not in request.user


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (Refuse(400, "context_length_exceeded"), PromptTooLong),
        (Refuse(400, "bad_field"), Refused),
        (Refuse(401), Refused),
        (Refuse(404, "model_not_found"), UnknownCheckpoint),
        (Refuse(429), QueueFull),
        (Refuse(500), WorkerUnreachable),
        (Refuse(503), WorkerLoading),
        (Refuse(503, "swapping"), WorkerSwapping),
        (Say("途中で切れる", breaks=True), WorkerUnreachable),
    ],
)
async def test_every_failure_has_a_name(client: WorkerClient, worker: Worker, step, error) -> None:
    worker.script = [step]
    with pytest.raises(error):
        await _ask(client)


async def test_a_refusal_carries_the_workers_own_sentence(client: WorkerClient, worker: Worker) -> None:
    worker.script = [Refuse(409, "checkpoint_refused", "The gate of 'taro' failed.")]
    with pytest.raises(Refused, match=r"The gate of 'taro' failed\."):
        await _ask(client)


async def test_nobody_at_the_address_is_a_named_failure() -> None:
    client = WorkerClient("http://127.0.0.1:9")
    with pytest.raises(WorkerAway, match="does not answer"):
        await client.status()
    await client.close()


async def test_swaps_status_and_models_come_as_values(client: WorkerClient, worker: Worker) -> None:
    assert (await client.use("taro", who="discord:1", force=False)).current == "taro"
    assert (await client.rollback(who="discord:1")).current == "hanako"
    assert (await client.status()).current == "hanako"
    assert await client.models() == ["base:mini", "hanako", "taro", "jiro"]
    with pytest.raises(UnknownCheckpoint):
        await client.use("nobody", who="discord:1", force=False)
