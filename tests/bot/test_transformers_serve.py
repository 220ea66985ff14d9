"""transformers' own server in the worker's place: the real command, on a tiny model."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from bot.comparison import compared
from bot.completions import Refused
from bot.current import CurrentCheckpoint
from bot.elsewhere import connect
from model.conversation import Conversation, Role, Turn
from tests.bot.test_elsewhere import put
from tests.model.tiny import save_tiny_base

pytestmark = pytest.mark.slow
QUESTION = Conversation((Turn(Role.USER, "元気？"),))


@pytest.fixture
async def url(tmp_path: Path) -> AsyncIterator[str]:
    """The address of `transformers serve`, once it answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    command = ("-m", "transformers.cli.transformers", "serve", "--device", "cpu", "--host", "127.0.0.1")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        "--port",
        str(port),
        env={**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "hub")},
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with httpx.AsyncClient() as client, asyncio.timeout(120):
            while True:
                try:
                    await client.get(f"http://127.0.0.1:{port}/health")
                    break
                except httpx.TransportError:
                    await asyncio.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        await process.wait()


async def test_it_answers_streams_and_says_who_is_current(url: str, tmp_path: Path) -> None:
    model = str(save_tiny_base(tmp_path / "base"))
    home = tmp_path / "home"
    put(home, "aoi")
    worker = connect(url, None, home, start=model)
    current = CurrentCheckpoint(home, worker=worker)
    await current.refresh()
    assert current.read().checkpoint == model
    overrides = {"max_tokens": 12, "seed": 1, "strength": 0.5, "top_k": 5}
    for _ in range(2):
        asking = worker.stream(QUESTION, checkpoint=model, author="U1", overrides=overrides)
        parts = [part async for part in asking]
        assert len([part for part in parts if part.text]) > 1
        assert [part.finish_reason for part in parts if part.finish_reason] in (["length"], ["stop"])
    answers = await compared(worker, QUESTION, (model, model), author="U1", overrides={"max_tokens": 5})
    assert [answer.checkpoint for answer in answers] == [model, model]
    status = await worker.status()
    assert (status.current, status.swapping) == (model, None)
    assert "aoi" in await worker.models()
    with pytest.raises(Refused, match="loads no adapters"):
        await worker.use("aoi", who="test", force=False)
    assert (await worker.use(model, who="test", force=False)).current == model
    await worker.close()
