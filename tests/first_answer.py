"""Measures the first hour's first minute: `python -m tests.first_answer` prints one JSON document.

From `senpai run` on an installed machine to the console's page, and to the first characters of an answer asked for
there the moment the page is up; an apology is no answer. ``cpu_s`` is what each of our processes had used by then,
whatever else the machine did. ``--fresh`` begins with an empty home, so that the example senpai is tuned first.
"""

import asyncio
import json
import os
import shutil
import signal
import socket
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
from playwright.async_api import Error as BrowserError
from playwright.async_api import Page, async_playwright, expect

from tests.bot.platforms.console.conftest import CHROMIUM, FLAGS
from tests.pictures import HOME

WAIT_S = 900
MAX_QUESTIONS = 5
APOLOGY = "番号"
"""What stands in every apology of the bot."""


async def measure(home: Path) -> dict[str, Any]:
    """Return the figures of one start in ``home``."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    own = {name: value for name, value in os.environ.items() if not name.startswith(("SENPAI_", "DISCORD_", "LINE_"))}
    env = {**own, "SENPAI_HOME": str(home), "SENPAI_CONSOLE_PORT": str(port), "NO_PROXY": "127.0.0.1"}
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = await browser.new_page(locale="ja-JP")
        began_at = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "senpai", "run", env=env, stderr=sys.stderr
        )
        try:
            await _open(page, f"http://127.0.0.1:{port}")
            page_s = time.monotonic() - began_at
            await _ask(page)
            answer_s, cpu_s = time.monotonic() - began_at, _cpu_s(process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            await process.wait()
            await browser.close()
    return {"page_s": round(page_s, 1), "first_answer_s": round(answer_s, 1), "cpu_s": cpu_s}


def _cpu_s(pid: int) -> dict[str, float]:
    """Return the CPU seconds of `senpai run` and of each process it started."""
    run = psutil.Process(pid)
    named = {"run": run, **{_command(child): child for child in run.children()}}
    times = {name: process.cpu_times() for name, process in named.items()}
    return {name: round(each.user + each.system, 1) for name, each in times.items()}


def _command(process: psutil.Process) -> str:
    """Return the word behind `-m senpai`."""
    words = process.cmdline()
    return words[words.index("senpai") + 1]


async def _open(page: Page, url: str) -> None:
    deadline = time.monotonic() + WAIT_S
    while True:
        try:
            await page.goto(url)
        except BrowserError:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.2)
            continue
        await expect(page.locator(".composer")).to_be_visible(timeout=20_000)
        return


async def _ask(page: Page) -> None:
    for number in range(1, MAX_QUESTIONS + 1):
        await page.get_by_role("textbox").fill("趣味は？")
        await page.keyboard.press("Enter")
        await expect(page.locator(".exchange")).to_have_count(number)
        answer = page.locator(".exchange").last.locator(".theirs:not(.soft)")
        await expect(answer).to_be_visible(timeout=120_000)
        if APOLOGY not in await answer.inner_text():
            return
    raise TimeoutError("The worker did not come up.")


def main() -> None:
    """Measure in a copy of the pictures' home, or in an empty one."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "var"
        if "--fresh" not in sys.argv:
            shutil.copytree(HOME, home, ignore=shutil.ignore_patterns("worker.json", "senpai.db*"))
        sys.stdout.write(json.dumps(asyncio.run(measure(home))) + "\n")


if __name__ == "__main__":
    main()
