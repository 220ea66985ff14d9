"""Measures the console in Debian's chromium: `python -m tests.console_speed` prints one JSON document.

First paint is the browser's own first-contentful-paint of a fresh profile. From chunk to screen is, for each character,
the time from the stand-in worker's sending it to the first change of the page that shows it; both read one clock.
"""

import asyncio
import json
import sys
import tempfile
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from playwright.async_api import Browser, Page, async_playwright, expect

from tests.bot.conftest import PERSONA
from tests.bot.platforms.console.conftest import CHROMIUM, FLAGS, console_process
from tests.bot.platforms.console.shelf import stock
from tests.standins import worker as worker_standin
from tests.standins.worker import Say, Worker

NUM_PAINTS = 7
NUM_ANSWERS = 5
TEXT = "きのうは麻雀をしていて、気がついたら朝になってしまったんだよ〜。"
WATCH = """() => {
  window.seen = [];
  new MutationObserver(() => {
    const shown = document.querySelector('.exchange:last-of-type .theirs');
    if (shown) window.seen.push([Date.now(), shown.textContent]);
  }).observe(document.querySelector('.talk'), {subtree: true, childList: true, characterData: true});
}"""
PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0].startTime"


async def measure() -> dict[str, Any]:
    """Return the figures."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "var"
        stock(home, PERSONA)
        async with worker_standin.running() as worker, async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            async with console_process(home, SENPAI_WORKER_URL=worker.url) as url:
                paints = [await first_paint(browser, url) for _ in range(NUM_PAINTS)]
                delays = await chunk_delays(await browser.new_page(), url, worker)
            await browser.close()
    return {
        "first_paint_ms": {
            "median": round(median(paints[1:])),
            "first": round(paints[0]),
            "most": round(max(paints[1:])),
        },
        "chunk_to_screen_ms": {
            "median": round(median(delays)),
            "p95": round(quantiles(delays, n=20)[-1]),
            "most": round(max(delays)),
            "num": len(delays),
        },
    }


async def first_paint(browser: Browser, url: str) -> float:
    """Return the first contentful paint of a fresh profile, in milliseconds."""
    context = await browser.new_context(locale="ja-JP")
    page = await context.new_page()
    await page.goto(url)
    await expect(page.locator(".composer")).to_be_visible(timeout=20_000)
    paint = float(await page.evaluate(PAINT))
    await context.close()
    return paint


async def chunk_delays(page: Page, url: str, worker: Worker) -> list[float]:
    """Return for each character of some answers how many milliseconds it was on its way."""
    await page.goto(url)
    await expect(page.locator(".composer")).to_be_visible(timeout=20_000)
    await page.evaluate(WATCH)
    delays = []
    for number in range(1, NUM_ANSWERS + 1):
        worker.script, worker.sent_at = [Say(TEXT, each_s=0.06)], []
        await page.evaluate("() => { window.seen = [] }")
        await page.get_by_role("textbox").fill("きのうは？")
        await page.keyboard.press("Enter")
        await expect(page.locator(".exchange")).to_have_count(number)
        await expect(page.locator(".exchange").last.get_by_role("button", name="もう一度")).to_be_visible(
            timeout=30_000
        )
        seen = await page.evaluate("() => window.seen")
        for length, sent_at in enumerate(worker.sent_at, 1):
            shown_at = next(at for at, text in seen if text.startswith(TEXT[:length]))
            delays.append(max(0.0, shown_at - sent_at * 1000))
    return delays


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(measure()), indent=2) + "\n")
