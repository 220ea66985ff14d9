"""Every page of the console: accessible, readable on a phone, in both languages and themes, reached by keyboard."""

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import BrowserContext, Page, expect

from tests.bot.platforms.console.conftest import Console

pytestmark = pytest.mark.asyncio(loop_scope="session")

PATHS = ("/", "/compare", "/trial", "/quiz", "/checkpoints", "/training", "/data", "/health")
SERIOUS = {"serious", "critical"}


async def _faults(page: Page) -> list[str]:
    found = await Axe().run(page)
    return [
        f"{page.url} {fault['id']}: {node['html'][:200]}"
        for fault in found.response["violations"]
        if fault["impact"] in SERIOUS
        for node in fault["nodes"]
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_no_page_has_a_serious_accessibility_fault(console: Console, context: BrowserContext, theme: str) -> None:
    await context.add_cookies([{"name": "senpai_theme", "value": theme, "url": console.url}])
    page = await context.new_page()
    faults = []
    for path in PATHS:
        await page.goto(f"{console.url}{path}")
        await expect(page.locator(".content .main > *").first).to_be_visible()
        faults += await _faults(page)
    assert not faults


async def test_on_a_phone_no_page_is_wider_than_the_screen_and_the_menu_leads_everywhere(
    console: Console, page: Page
) -> None:
    await page.set_viewport_size({"width": 360, "height": 740})
    await page.goto(console.url)
    for path in PATHS:
        await page.get_by_role("button", name="メニュー").click()
        await page.locator(f'nav a[href="{path}"]').click()
        await expect(page.locator(".content .main > *").first).to_be_visible()
        assert await page.evaluate("document.documentElement.scrollWidth") <= 360, path
        await expect(page).to_have_url(f"{console.url}{path}")


async def test_language_and_theme_are_switched_and_remembered(console: Console, page: Page) -> None:
    await page.goto(f"{console.url}/checkpoints")
    assert await page.locator("html").get_attribute("lang") == "ja"
    await page.get_by_role("button", name="Switch to English").click()
    await expect(page.get_by_role("heading", name="Checkpoints")).to_be_visible()
    assert await page.locator("html").get_attribute("lang") == "en-US"
    await page.get_by_role("button", name="Switch between light and dark").click()
    await expect(page.locator("body")).to_have_class("desktop no-touch body--dark")
    await page.reload()
    await expect(page.locator("body.body--dark")).to_be_attached()


async def test_the_first_tab_leads_past_the_menu(console: Console, page: Page) -> None:
    await page.goto(f"{console.url}/checkpoints")
    await expect(page.get_by_role("heading", name="チェックポイント")).to_be_visible()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="本文へ")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator(".content")).to_be_focused()
