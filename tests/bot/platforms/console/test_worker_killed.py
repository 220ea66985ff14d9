"""The real worker dies in the middle of an answer that somebody watches: `senpai run`, mini, and a browser."""

import asyncio
import json
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Error, Locator, Page, expect

from tests.bot.platforms.console.test_chat_page import ask

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.asyncio(loop_scope="session"),
]

START_MS = 120_000
MAX_QUESTIONS = 10
"""Mini may have ended its answer before it can be stopped."""


@asynccontextmanager
async def whole_console(home: Path) -> AsyncIterator[str]:
    """`senpai run` on the bare base until left; yields the console's address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    own = {name: value for name, value in os.environ.items() if not name.startswith(("SENPAI_", "DISCORD_", "LINE_"))}
    own.pop("PYTEST_CURRENT_TEST", None)  # NiceGUI behaves otherwise when it sees this
    settings = {"SENPAI_HOME": str(home), "SENPAI_CONSOLE_PORT": str(port), "SENPAI_CHECKPOINT": "base:mini"}
    with (home / "run.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "senpai", "run"), env={**own, **settings}, stdout=log, stderr=log
        )
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.send_signal(signal.SIGTERM)
            code = await asyncio.wait_for(process.wait(), 30)
    assert code == 0


@asynccontextmanager
async def watched(browser: Browser, url: str) -> AsyncIterator[Page]:
    """The chat in a fresh profile; nothing on its console was an error from the moment it was open."""
    context = await browser.new_context(locale="ja-JP", reduced_motion="reduce")
    page, errors = await context.new_page(), list[str]()
    await opened(page, url)
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    context.on("weberror", lambda error: errors.append(str(error.error)))
    yield page
    await context.close()
    assert not errors


async def opened(page: Page, url: str) -> None:
    """Go there as soon as somebody listens."""
    async with asyncio.timeout(START_MS / 1000):
        while True:
            try:
                await page.goto(url)
            except Error:
                await asyncio.sleep(0.2)
            else:
                return


async def killed_in_mid_stream(page: Page, home: Path) -> Locator:
    """Ask until an answer could be stopped half said, kill its worker for good, and return the exchange."""
    for number in range(MAX_QUESTIONS):
        await ask(page, f"{number}つめの長い話をして")
        exchange = page.locator(".exchange").nth(number)
        await expect(exchange.locator(".theirs:not(.soft)")).to_be_visible(timeout=START_MS)
        pid = int(json.loads((home / "worker.json").read_text(encoding="utf-8"))["pid"])
        os.kill(pid, signal.SIGSTOP)
        await asyncio.sleep(0.5)  # what was said before is shown
        if await exchange.get_by_role("button", name="止める").is_visible():
            os.kill(pid, signal.SIGKILL)
            return exchange
        os.kill(pid, signal.SIGCONT)
    pytest.fail(f"{MAX_QUESTIONS} answers were too short to be stopped")


async def test_a_worker_killed_in_mid_stream_is_started_again_and_the_answer_is_whole_and_there_once(
    browser: Browser, tmp_path: Path
) -> None:
    async with whole_console(tmp_path) as url, watched(browser, url) as page:
        exchange = await killed_in_mid_stream(page, tmp_path)
        await expect(exchange.get_by_role("button", name="もう一度答えてもらう")).to_be_visible(timeout=START_MS)
        answer = await exchange.locator(".theirs").inner_text()
        question = await exchange.locator(".mine").inner_text()
        await page.reload()
        await expect(page.get_by_text(question, exact=True)).to_have_count(1)
        await expect(page.locator(".exchange", has_text=question).locator(".theirs")).to_have_text(answer)
    assert answer and "番号" not in answer, "no apology: the answer came when the worker was back"
    log = (tmp_path / "run.log").read_text(encoding="utf-8")
    assert len(re.findall(r"worker started, pid", log)) == 2
    keys = re.findall(r"(console:\w+) accepted", log)
    assert sorted(re.findall(r"(console:\w+) delivered", log)) == sorted(keys)
