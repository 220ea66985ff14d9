"""The page of health, in a real browser: the same figures as the worker's and the console's /metrics."""

import httpx
import pytest
from playwright.async_api import Page, expect

from tests.bot.platforms.console.conftest import Console

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_page_shows_the_figures_of_metrics_and_follows_them(console: Console, page: Page) -> None:
    await page.goto(f"{console.url}/health")
    for shown in ("100 ms", "250 ms", "100 MiB", "cpu, 4bit", "stop 7"):
        await expect(page.get_by_text(shown, exact=True)).to_be_visible()
    await expect(page.locator(".rowline", has_text="console")).to_contain_text("開いている")
    usual, console.worker.metrics_text = console.worker.metrics_text, "process_resident_memory_bytes 3.0e9\n"
    await expect(page.get_by_text("2,861 MiB")).to_be_visible()
    console.worker.metrics_text = usual
    async with httpx.AsyncClient(trust_env=False) as client:
        assert 'senpai_door_up{platform="console"} 1.0' in (await client.get(f"{console.url}/metrics")).text
