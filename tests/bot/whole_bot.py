"""The whole bot as a process of its own, between two stand-ins: started, killed without a warning, started again."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from tests.standins import line_events as events
from tests.standins.discord import TOKEN, Discord
from tests.standins.line import ACCESS_TOKEN, SECRET, LineStandIn

# A worker that was killed is back soon: the bot waits for it rather than apologise.
BOT = """
import asyncio, logging, sys
from model.imports import quick_imports

with quick_imports():
    from bot.outbox import Patience
    from bot.service import Pace, serve
    from bot.settings import Settings
    from bot.waking import WorkerPatience

logging.basicConfig(level=logging.INFO, filename=sys.argv[1])
pace = Pace(deliveries=Patience(first_s=0.5, most_s=4), worker=WorkerPatience(usual_s=60))
asyncio.run(serve(Settings(_env_file=None), pace))
"""


def bot_command(log: Path) -> list[str]:
    """Return the command that runs the bot with all its doors; its log goes to a file."""
    return [sys.executable, "-c", BOT, str(log)]


def worker_command(port: int, thinking_s: float) -> list[str]:
    """Return the command that runs a worker which echoes after a while."""
    return [sys.executable, "-m", "tests.standins.worker", str(port), str(thinking_s)]


def bot_environment(line: LineStandIn, discord: Discord | None, home: Path, worker_url: str) -> dict[str, str]:
    """Return settings for the stand-ins given; LINE's webhook gets a port that stays the same."""
    port = free_port()
    line.webhook_url = f"http://127.0.0.1:{port}/line/webhook"
    with_discord = (
        {
            "DISCORD_TOKEN": TOKEN,
            "DISCORD_API_URL": discord.api_url,
            "DISCORD_GATEWAY_URL": discord.gateway_url,
        }
        if discord
        else {}
    )
    return {
        **with_discord,
        "LINE_CHANNEL_SECRET": SECRET,
        "LINE_CHANNEL_ACCESS_TOKEN": ACCESS_TOKEN,
        "LINE_API_URL": line.url,
        "LINE_PORT": str(port),
        "LINE_PUSH_BUDGET": "0",
        "SENPAI_CONSOLE_PORT": str(free_port()),
        "SENPAI_HOME": str(home),
        "SENPAI_MESSAGES_PER_MINUTE": "100000",
        "SENPAI_CONVERSATION_PER_MINUTE": "100000",
        "SENPAI_PLATFORM_PER_MINUTE": "100000",
        "SENPAI_WAITING_PER_AUTHOR": "1000",
        "SENPAI_WORKER_URL": worker_url,
        "NO_PROXY": "127.0.0.1",
    }


def free_port() -> int:
    """Return a port of loopback that is free now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


@dataclass(slots=True)
class Mortal:
    """A process that is started again whenever it was killed."""

    process: asyncio.subprocess.Process
    start: Callable[[], Awaitable[asyncio.subprocess.Process]]

    async def die(self) -> None:
        """Kill it without a warning."""
        assert self.process.returncode is None, "the process ended by itself"
        self.process.kill()
        await self.process.wait()

    async def rise(self) -> None:
        """Start it again."""
        self.process = await self.start()

    async def die_often(self, num_deaths: int, life_s: Callable[[], float]) -> None:
        """Let it live for a while and kill it, so many times; it lives in the end."""
        for _ in range(num_deaths):
            await asyncio.sleep(life_s())
            await self.die()
            await self.rise()


@asynccontextmanager
async def mortal(command: list[str], environment: dict[str, str]) -> AsyncIterator[Mortal]:
    """Keep a process while inside."""

    async def start() -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(*command, env={**os.environ, **environment})

    being = Mortal(await start(), start)
    try:
        yield being
    finally:
        await being.die()


async def hand_over(line: LineStandIn, event: events.Json, timeout_s: float = 300) -> None:
    """Deliver an event as LINE does with redelivery on: again until it is acknowledged."""
    again = event
    async with asyncio.timeout(timeout_s):
        while not await _is_taken(line, again):
            again = events.redelivered(event)
            await asyncio.sleep(0.05)


async def _is_taken(line: LineStandIn, event: events.Json) -> bool:
    try:
        return await line.send(event) == 200
    except (aiohttp.ClientError, ConnectionError):
        return False
