"""Takes the README's pictures: `python -m tests.pictures DIR`. A real console and worker, the example senpai, chromium.

Tunes the example once below ``var/pictures`` and keeps it there for the next time; what was said is forgotten.
"""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.bot.platforms.console.conftest import CHROMIUM, FLAGS
from tests.house.tree import ROOT

HOME = ROOT / "var" / "pictures"
START_S = 900
QUESTIONS = ("趣味は？", "今夜は星が見えるかな？")
SIZE = {"width": 1120, "height": 720}
PHONE = {"width": 390, "height": 720}


@asynccontextmanager
async def console() -> AsyncIterator[str]:
    """`senpai run` with the example senpai; yields the console's address once it can answer."""
    for conversation in HOME.glob("senpai.db*"):
        conversation.unlink()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    own = {name: value for name, value in os.environ.items() if not name.startswith(("SENPAI_", "DISCORD_", "LINE_"))}
    env = {**own, "SENPAI_HOME": str(HOME), "SENPAI_CONSOLE_PORT": str(port), "NO_PROXY": "127.0.0.1"}
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "senpai", "run", cwd=ROOT, env=env)
    url = f"http://127.0.0.1:{port}"
    try:
        async with asyncio.timeout(START_S), httpx.AsyncClient(trust_env=False) as client:
            await _until_up(client, url)
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        await process.wait()


async def _until_up(client: httpx.AsyncClient, url: str) -> None:
    while True:
        try:
            is_up = (await client.get(f"{url}/healthz")).status_code == 200
        except httpx.TransportError:
            is_up = False
        if is_up and (HOME / "worker.json").exists():
            return
        await asyncio.sleep(0.5)


async def take(out: Path) -> None:
    """Take every picture."""
    async with async_playwright() as playwright, console() as url:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = await _page(browser, url, "ja", "light")
        await _chat(page, url)
        await page.screenshot(path=out / "chat.png")
        await page.set_viewport_size(PHONE)
        await page.reload()
        await page.wait_for_timeout(1500)
        await page.screenshot(path=out / "chat-phone.png")
        for name, locale, theme in (("checkpoints", "en", "light"), ("data", "en", "dark")):
            page = await _page(browser, url, locale, theme)
            await page.goto(f"{url}/{name}")
            await page.wait_for_timeout(1500)
            await page.screenshot(path=out / f"{name}.png")
        await browser.close()


async def _page(browser: Browser, url: str, locale: str, theme: str) -> Page:
    context = await browser.new_context(viewport=SIZE, reduced_motion="reduce")
    cookies = {"senpai_locale": locale, "senpai_theme": theme}
    await context.add_cookies([{"name": name, "value": value, "url": url} for name, value in cookies.items()])
    return await context.new_page()


async def _chat(page: Page, url: str) -> None:
    await page.goto(url)
    for question in QUESTIONS:
        field = page.get_by_label("メッセージ")
        await field.fill(question)
        await field.press("Enter")
        retry = page.locator(".exchange", has_text=question).last.get_by_role("button", name="もう一度答えてもらう")
        await expect(retry).to_be_visible(timeout=120_000)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(take(folder))
