"""A console in a process of its own, a worker that plays a script, and Debian's chromium in front of them.

The browser runs in the session's event loop; so do the tests that use it (``in_browser``).
"""

import asyncio
import os
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from tests.bot.conftest import PERSONA
from tests.bot.platforms.console.shelf import build_example, stock
from tests.standins import worker as worker_standin
from tests.standins.worker import Say, Worker

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
START_S = 60
PATIENCE_MS = 30_000
"""A machine that does other things as well needs so long for a command of its own."""
USUAL = [Say("うん、元気だよ！")]


@dataclass(slots=True)
class Console:
    """A running console, its home and its worker."""

    url: str
    home: Path
    worker: Worker
    log: Path
    foreign: list[str] = field(default_factory=list)


@asynccontextmanager
async def console_process(home: Path, **settings: str) -> AsyncIterator[str]:
    """`senpai bot` until left; yields its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    own = {name: value for name, value in os.environ.items() if not name.startswith(("SENPAI_", "DISCORD_", "LINE_"))}
    own.pop("PYTEST_CURRENT_TEST", None)  # NiceGUI behaves otherwise when it sees this
    env = {**own, "SENPAI_HOME": str(home), "SENPAI_CONSOLE_PORT": str(port), "NO_PROXY": "127.0.0.1", **settings}
    with (home / "bot.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "senpai", "bot", env=env, stdin=asyncio.subprocess.PIPE, stdout=log, stderr=log
        )
        url = f"http://127.0.0.1:{port}"
        try:
            await _until_up(url, process)
            yield url
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
            await asyncio.wait_for(process.wait(), 20)


async def _until_up(url: str, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(START_S), httpx.AsyncClient(trust_env=False) as client:
        while True:
            assert process.returncode is None, "the console ended; see bot.log in its home"
            try:
                await client.get(f"{url}/healthz")
            except httpx.TransportError:
                await asyncio.sleep(0.1)
            else:
                return


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_console(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Console]:
    home = tmp_path_factory.mktemp("console") / "var"
    stock(home, PERSONA)
    build_example(home)
    async with worker_standin.running() as worker:
        worker.home = home
        async with console_process(home, SENPAI_WORKER_URL=worker.url) as url:
            yield Console(url=url, home=home, worker=worker, log=home / "bot.log")


@pytest.fixture
def console(shared_console: Console) -> Iterator[Console]:
    """The console; after the test its worker says the usual again and has swapped back."""
    yield shared_console
    shared_console.worker.script, shared_console.worker.queue = list(USUAL), 0
    shared_console.worker.swap_to("hanako")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("needs Debian's chromium: apt-get install chromium fonts-ipafont-gothic")
    async with async_playwright() as playwright:
        expect.set_options(timeout=PATIENCE_MS)
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def context(browser: Browser, console: Console) -> AsyncIterator[BrowserContext]:
    """A fresh profile. Afterwards: nothing on its console was an error, and nobody else was called."""
    context = await browser.new_context(
        locale="ja-JP", viewport={"width": 1200, "height": 800}, reduced_motion="reduce"
    )
    context.set_default_timeout(PATIENCE_MS)
    errors: list[str] = []
    hosts: set[str] = set()
    context.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    context.on("weberror", lambda error: errors.append(str(error.error)))
    context.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    yield context
    await context.close()
    assert not errors
    assert hosts - {""} <= {urlsplit(console.url).netloc}


@pytest_asyncio.fixture(loop_scope="session")
async def page(context: BrowserContext) -> Page:
    return await context.new_page()
