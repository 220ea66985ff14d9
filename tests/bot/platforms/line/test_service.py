"""LINE beside the other platforms in the bot's own process: kept apart, killed at bad moments, started again."""

import asyncio
import logging
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from pydantic import SecretStr

from bot.platforms.line import LineDoor
from bot.service import Pace, attend, discord_door, open_parts
from bot.settings import Settings
from tests.standins import line_events as events
from tests.standins.discord import DIRECT_ID, Discord
from tests.standins.line import ACCESS_TOKEN, SECRET, Fault, LineStandIn
from tests.standins.worker import Say, Worker

BOT = """
import asyncio
from bot.platforms.line import LineDoor
from bot.service import Pace, attend, discord_door, open_parts
from bot.settings import Settings

async def main():
    settings = Settings(_env_file=None)
    async with open_parts(settings, Pace()) as parts:
        door = LineDoor(
            settings,
            inbox=parts.inbox,
            outbox=parts.outbox,
            talk=parts.talk,
            policy=parts.policy,
            current=parts.current,
            sentences=parts.sentences,
        )
        await attend(parts, [door], Pace())

asyncio.run(main())
"""
STARTED_S = 30


@pytest.fixture
def port(line: LineStandIn) -> int:
    """A port that is free now, and that LINE knows."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    line.webhook_url = f"http://127.0.0.1:{port}/line/webhook"
    return port


@asynccontextmanager
async def serving(settings: Settings, pace: Pace) -> AsyncIterator[None]:
    """Serve Discord and LINE while inside."""
    async with open_parts(settings, pace) as parts:
        discord = discord_door(settings, parts)
        line = LineDoor(
            settings,
            inbox=parts.inbox,
            outbox=parts.outbox,
            talk=parts.talk,
            policy=parts.policy,
            current=parts.current,
            sentences=parts.sentences,
        )
        task = asyncio.create_task(attend(parts, [discord, line], pace))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait((task,))


@asynccontextmanager
async def bot_process(line: LineStandIn, worker: Worker, home: Path, port: int) -> AsyncIterator[None]:
    """Run the bot in a process of its own while inside, and kill it without a warning."""
    environment = {
        "LINE_CHANNEL_SECRET": SECRET,
        "LINE_CHANNEL_ACCESS_TOKEN": ACCESS_TOKEN,
        "LINE_PORT": str(port),
        "LINE_API_URL": line.url,
        "SENPAI_WORKER_URL": worker.url,
        "SENPAI_HOME": str(home),
        "NO_PROXY": "127.0.0.1",
    }
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", BOT, env={**os.environ, **environment})
    try:
        await until_open(line)
        yield
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def until_open(line: LineStandIn) -> None:
    for _ in range(STARTED_S * 20):
        try:
            if await line.send() == 200:
                return
        except aiohttp.ClientConnectorError:
            await asyncio.sleep(0.05)
    raise TimeoutError


async def test_discord_and_line_are_answered_by_one_bot(
    discord: Discord, worker: Worker, settings: Settings, pace: Pace, line: LineStandIn, port: int
) -> None:
    both = with_line(settings, line, port)
    async with serving(both, pace):
        await until_open(line)
        await line.send(events.text(events.user(), "やあ"))
        await line.wait_shown(1)
        await discord.until(lambda: discord.identifies > 0)
        await discord.say("やあ", channel=DIRECT_ID)
        assert await discord.answers(1, DIRECT_ID) == ["うん、元気だよ！"]
    assert line.replies == [["うん、元気だよ！"]]


async def test_a_wrong_line_token_is_said_once_and_leaves_discord_answering(
    discord: Discord, settings: Settings, pace: Pace, line: LineStandIn, port: int, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = with_line(settings, line, port).model_copy(update={"line_channel_access_token": SecretStr("wrong")})
    async with serving(wrong, pace):
        await discord.until(lambda: discord.identifies > 0)
        await discord.say("やあ", channel=DIRECT_ID)
        assert await discord.answers(1, DIRECT_ID) == ["うん、元気だよ！"]
    errors = [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
    assert errors == ["line stays closed: LINE rejects the access token; check LINE_CHANNEL_ACCESS_TOKEN."]


@pytest.mark.slow
async def test_a_message_accepted_before_a_kill_is_answered_once_after_the_restart(
    line: LineStandIn, worker: Worker, home: Path, port: int
) -> None:
    worker.script = [Say("間に合わない", after_s=30), Say("おまたせ")]
    question = events.text(events.user(), "いる？")
    async with bot_process(line, worker, home, port):
        await line.send(question)
        await worker.until_asked(1)
    assert line.shown == []
    async with bot_process(line, worker, home, port):
        await line.send(events.redelivered(question))
        await line.wait_shown(1)
        await line.send(events.text(events.user(), "また明日"))
        await line.wait_shown(2)
    assert line.replies == [["おまたせ"], ["おまたせ"]]
    assert worker.questions() == ["いる？", "いる？", "また明日"]


@pytest.mark.slow
async def test_an_answer_shown_but_not_confirmed_before_a_kill_is_not_doubled(
    line: LineStandIn, worker: Worker, home: Path, port: int
) -> None:
    line.faults["message/reply"].append(Fault.SLOW)
    async with bot_process(line, worker, home, port):
        await line.send(events.text(events.user(), "いる？"))
        await line.wait_shown(1)
    async with bot_process(line, worker, home, port):
        await line.send(events.text(events.user(), "また明日"))
        await line.wait_shown(2)
    assert line.num_pushes == 0
    assert len(line.shown) == 2
    assert worker.questions() == ["いる？", "また明日"]


def with_line(settings: Settings, line: LineStandIn, port: int) -> Settings:
    return settings.model_copy(
        update={
            "line_channel_secret": (SECRET,),
            "line_channel_access_token": SecretStr(ACCESS_TOKEN),
            "line_api_url": line.url,
            "line_port": port,
        }
    )
