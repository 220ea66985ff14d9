"""Stand-ins and settings for a bot that serves in the test's own event loop, or in a process of its own."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from bot.history import History
from bot.outbox import Patience
from bot.platforms.discord.draft import Tempo
from bot.service import Pace, attend, discord_door, open_parts
from bot.settings import Settings
from bot.store import Store
from bot.supervise import BackOff
from bot.waking import WorkerPatience
from tests.bot.messages import answer, message
from tests.consents import write_consent
from tests.shared import SHARED
from tests.standins import discord as discord_standin
from tests.standins import postgres as postgres_standin
from tests.standins import worker as worker_standin
from tests.standins.discord import HANA, TARO, TOKEN, Discord
from tests.standins.line import LineStandIn, line_stand_in
from tests.standins.line_spec import LineSpec
from tests.standins.postgres import Postgres
from tests.standins.worker import Worker

ADMIN = "200000000000000002"
PERSONA = (
    'name = "花子"\nsystem_prompt = "あなたは常体で応答します。"\n[[facts]]\ntopic = "趣味"\ntext = "のぼること"\n'
    '[[facts]]\ntopic = "特技"\ntext = "ボルダリング"\n'
)
"""The first card has no word that an answer could be held against: most tests let the worker say what they need."""

QUICK = Tempo(first_after_s=0.15, apart_s=0.15, notice_after_s=30)
WHOLE = Tempo(first_after_s=60, notice_after_s=60)
"""Nothing is shown before the whole answer, however slow the machine is."""

Show = Callable[[str], None]
Serving = Callable[..., AbstractAsyncContextManager[None]]


@pytest.fixture
def show(capsys: pytest.CaptureFixture[str]) -> Show:
    """Show a measured figure to whoever runs the slow tests."""

    def show(figure: str) -> None:
        with capsys.disabled():
            sys.stdout.write(f"\n{figure}\n")

    return show


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A real PostgreSQL server, where one is installed."""
    pytest.importorskip("asyncpg", reason="no asyncpg: pip install -c constraints.txt -e '.[postgres]'")
    folder = postgres_standin.programs()
    if folder is None:
        pytest.skip("no PostgreSQL server here: apt-get install postgresql")
    with postgres_standin.running(folder) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of every kind the bot can keep its things in."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'senpai.db'}"
    server: Postgres = request.getfixturevalue("postgres")
    return server.new_database()


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    """An empty database, opened."""
    store = await Store.open(database_url)
    yield store
    await store.close()


@pytest.fixture
async def discord() -> AsyncIterator[Discord]:
    """Discord on loopback; what the bot sent must have been allowed."""
    async with discord_standin.running() as discord:
        yield discord
    assert discord.judge.violations == []


@pytest.fixture(scope="session")
def spec() -> LineSpec | None:
    """LINE's own specs, where this checkout has them."""
    return LineSpec(SHARED) if SHARED.is_dir() else None


@pytest.fixture
async def line(spec: LineSpec | None, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[LineStandIn]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    async with line_stand_in(spec) as stand_in:
        yield stand_in
        assert stand_in.violations == []


@pytest.fixture
async def worker() -> AsyncIterator[Worker]:
    """A worker that says what the test tells it to."""
    async with worker_standin.running() as worker:
        yield worker


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home whose current checkpoint is hanako."""
    checkpoints = tmp_path / "var" / "checkpoints"
    (checkpoints / "hanako").mkdir(parents=True)
    (checkpoints / "hanako" / "persona.toml").write_text(PERSONA, encoding="utf-8")
    write_consent(checkpoints / "hanako")
    (checkpoints / "current").write_text("hanako\n", encoding="utf-8")
    return checkpoints.parent


@pytest.fixture
async def settings(discord: Discord, worker: Worker, home: Path) -> Settings:
    """Discord alone, one administrator; everybody there has talked with the bot before."""
    settings = Settings(
        _env_file=None,
        discord_token=TOKEN,
        discord_admin_ids=ADMIN,
        discord_api_url=discord.api_url,
        discord_gateway_url=discord.gateway_url,
        senpai_worker_url=worker.url,
        senpai_home=home,
        senpai_console_port=0,
        senpai_call_names="花子",
        senpai_messages_per_minute=1000,
        senpai_conversation_per_minute=1000,
        senpai_waiting_per_author=1000,
    )
    store = await Store.open(settings.database_url)
    async with store.transaction() as transaction:
        for author_id in (HANA, TARO):
            before = message("はじめまして", event_id=author_id, conversation_id="before", author_id=author_id)
            await History(store).add(transaction, before, answer("よろしく"))
    await store.close()
    return settings


@pytest.fixture
def pace() -> Pace:
    """Hardly any waiting."""
    quick = BackOff(first_s=0.05, most_s=0.1, stable_s=60)
    return Pace(
        doors=quick, deliveries=Patience(first_s=0.05, most_s=0.1), worker=WorkerPatience(usual_s=0.9, waking_s=0.9)
    )


@pytest.fixture
async def serving(settings: Settings, pace: Pace, discord: Discord) -> Serving:
    """Serve Discord while inside; the bot is connected when it begins."""

    @asynccontextmanager
    async def serving(settings: Settings = settings, **door_pace: object) -> AsyncIterator[None]:
        async with open_parts(settings, pace) as parts:
            door = discord_door(settings, parts, **{"tempo": QUICK, **door_pace})
            already = discord.identifies
            task = asyncio.create_task(attend(parts, [door], pace))
            try:
                await discord.until(lambda: discord.identifies > already)
                yield
            finally:
                task.cancel()
                (end,) = await asyncio.gather(task, return_exceptions=True)
        assert isinstance(end, asyncio.CancelledError), end

    return serving
