"""The whole way, with real processes: exports become a checkpoint, the checkpoint answers, another takes over."""

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.completions import WorkerError
from bot.worker_client import WorkerClient
from bot.worker_process import running_worker_url
from model.checkpoint import seal
from model.shelf import Shelf
from tests.shared import SHARED
from tests.standins import discord as discord_standin
from tests.standins import line_events
from tests.standins.discord import BOT_ID, TOKEN, Discord
from tests.standins.line import ACCESS_TOKEN, SECRET, LineStandIn, line_stand_in
from tests.standins.line_spec import LineSpec

EXAMPLE = Path(__file__).parents[1] / "examples" / "senpai"
START_S, ANSWER_S = 90, 60


def senpai(*arguments: str | Path, home: Path) -> str:
    """Run one command to its end and return its stdout; what it says is shown when it fails."""
    command = [sys.executable, "-m", "senpai", *map(str, arguments)]
    done = subprocess.run(command, env=environment(home), capture_output=True, text=True, timeout=380, check=False)
    has_only_failed_its_gate = "failed its gate" in done.stderr
    assert done.returncode == 0 or has_only_failed_its_gate, done.stderr
    return done.stdout


def environment(home: Path, **more: str) -> dict[str, str]:
    """Nothing of this machine's own settings reaches the commands."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("SENPAI_", "DISCORD_", "LINE_"))}
    return {**own, "SENPAI_HOME": str(home), "NO_PROXY": "127.0.0.1", **more}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@asynccontextmanager
async def running(log: Path, env: Mapping[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    """`senpai run` until the end of the test; SIGTERM must stop it cleanly."""
    command = (sys.executable, "-m", "senpai", "run")
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(*command, env=env, stdout=output, stderr=output)
        try:
            yield process
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
            code = await asyncio.wait_for(process.wait(), 30)
    assert code == 0, f"see {log}"


def answered_by(log: Path, platform: str) -> list[str]:
    """The checkpoints that answered on a platform, in order."""
    return re.findall(rf"{platform}:\S+ (?:answered|retried) by (\S+),", log.read_text())


async def until_webhook_open(port: int) -> None:
    async with asyncio.timeout(START_S):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.2)
                continue
            writer.close()
            return await writer.wait_closed()


async def until_the_worker_can_answer(home: Path) -> None:
    """Wait as a person would who sees the log: whoever asks before is told that the senpai is still waking up."""
    async with asyncio.timeout(START_S):
        while True:
            url = running_worker_url(home)
            if url and await _is_ready(url):
                return
            await asyncio.sleep(0.2)


async def _is_ready(url: str) -> bool:
    client = WorkerClient(url, None)
    try:
        await client.ready()
    except WorkerError:
        return False
    finally:
        await client.close()
    return True


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two checkpoints from the example's exports, tuned for a few steps."""
    home = tmp_path_factory.mktemp("whole_way") / "var"
    data = home / "data" / "example"
    sources = (EXAMPLE / "archive", *sorted((EXAMPLE / "talks").iterdir()))
    senpai(
        "data", "build", *sources, "--speaker", "蒼井", "--out", data, "--consent", EXAMPLE / "consent.toml", home=home
    )
    senpai("train", data, "--name", "first", "--steps", "2", home=home)
    _copy(Shelf(home), "first", "second")
    senpai("checkpoints", "use", "first", "--force", home=home)
    return home


def _copy(shelf: Shelf, name: str, copy: str) -> None:
    """Publish the same weights under another name: a second training would only take longer."""
    original, staged = shelf.get(name), shelf.staging(copy)
    shutil.copytree(original.path, staged, dirs_exist_ok=True)
    seal(staged, **{**original.manifest.model_dump(exclude={"files"}), "name": copy})
    shelf.publish(staged, copy)


@pytest.mark.timeout(480)
async def test_exports_become_a_senpai_who_answers_on_discord_and_line_and_is_swapped_by_command(
    home: Path, tmp_path: Path
) -> None:
    admin = line_events.author(1)
    spec = LineSpec(SHARED) if SHARED.is_dir() else None
    port = free_port()
    log = tmp_path / "run.log"
    async with discord_standin.running() as discord, line_stand_in(spec) as line:
        env = environment(
            home,
            DISCORD_TOKEN=TOKEN,
            DISCORD_API_URL=discord.api_url,
            DISCORD_GATEWAY_URL=discord.gateway_url,
            LINE_CHANNEL_SECRET=SECRET,
            LINE_CHANNEL_ACCESS_TOKEN=ACCESS_TOKEN,
            LINE_ADMIN_IDS=admin,
            LINE_API_URL=line.url,
            LINE_PORT=str(port),
            SENPAI_CONSOLE_PORT=str(free_port()),
        )
        line.webhook_url = f"http://127.0.0.1:{port}/line/webhook"
        async with running(log, env):
            await discord.until(lambda: discord.identifies > 0, START_S)
            await until_webhook_open(port)
            await until_the_worker_can_answer(home)
            await _ask_on_discord(discord, "趣味は何ですか？", answers=1)
            await _ask_on_line(line, "好きな食べ物は？", shown=1)
            assert await _ask_on_line(line, "/model use second force", shown=2)
            await _ask_on_discord(discord, "今日の予定は？", answers=2)
            await _ask_on_line(line, "おはようございます！", shown=3)
            await asyncio.to_thread(senpai, "checkpoints", "use", "first", "--force", home=home)
            await _ask_on_discord(discord, "星は好きですか？", answers=3)
    assert answered_by(log, "discord") == ["first", "second", "first"]
    assert answered_by(log, "line") == ["first", "second"]
    assert discord.judge.violations == []
    assert line.violations == []
    assert line.num_pushes == 0
    talk = json.loads(senpai("chat", "--checkpoint", "second", "--say", "趣味は？", "--json", home=home))
    assert (talk["checkpoint"], len(talk["turns"])) == ("second", 2), "the terminal starts a worker of its own"


async def _ask_on_discord(discord: Discord, text: str, answers: int) -> None:
    await discord.say(f"<@{BOT_ID}> {text}", mentions=(BOT_ID,))
    assert all(await discord.answers(answers, timeout_s=ANSWER_S))


async def _ask_on_line(line: LineStandIn, text: str, shown: int) -> str:
    assert await line.send(line_events.text(line_events.user(1), text)) == 200
    await line.wait_shown(shown, ANSWER_S)
    return line.shown[-1].texts[0]
