"""The page of the shelf, in a real browser: use a checkpoint, go back, force one, read its report card."""

import pytest
from playwright.async_api import Page, expect

from tests.bot.platforms.console.conftest import Console

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_another_checkpoint_is_used_and_rolled_back(console: Console, page: Page) -> None:
    await page.goto(f"{console.url}/checkpoints")
    taro = page.locator("article", has=page.get_by_role("heading", name="taro"))
    await expect(taro).to_contain_text("0.90")
    await taro.get_by_role("button", name="これにする").click()
    await expect(page.get_by_text("「taro」に切り替えました")).to_be_visible()
    close = page.get_by_role("alert").get_by_role("button", name="閉じる")
    await expect(close).to_have_css("color", "rgb(157, 180, 245)")  # on a notice's dark ground the accent is unreadable
    await expect(taro).to_contain_text("いま答えている")
    await page.get_by_role("button", name="前のものに戻す").click()
    await expect(taro).not_to_contain_text("いま答えている")
    assert [swap.get("checkpoint") for swap in console.worker.swaps[-2:]] == ["taro", None]
    assert "console:local" in (console.home / "audit.jsonl").read_text(encoding="utf-8")


async def test_one_that_failed_its_gate_is_used_only_after_saying_so(console: Console, page: Page) -> None:
    await page.goto(f"{console.url}/checkpoints")
    jiro = page.locator("article", has=page.get_by_role("heading", name="jiro"))
    await expect(jiro).to_contain_text("K1, M1")
    num_swaps = len(console.worker.swaps)
    await jiro.get_by_role("button", name="不合格でも使う").click()
    await page.get_by_role("dialog").get_by_role("button", name="やめる").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    assert len(console.worker.swaps) == num_swaps
    await jiro.get_by_role("button", name="不合格でも使う").click()
    await page.get_by_role("dialog").get_by_role("button", name="不合格でも使う").click()
    await expect(jiro).to_contain_text("いま答えている")
    assert console.worker.swaps[-1]["force"] is True


async def test_the_report_card_opens_inside(console: Console, page: Page) -> None:
    await page.goto(f"{console.url}/checkpoints")
    await page.get_by_role("button", name="成績表").first.click()
    await expect(page.frame_locator("iframe").get_by_role("heading")).to_have_text("Report card of hanako")


async def test_whoever_reads_the_console_in_english_gets_the_report_card_in_english(
    console: Console, page: Page
) -> None:
    await page.goto(f"{console.url}/checkpoints")
    await page.get_by_role("button", name="Switch to English").click()
    await page.get_by_role("button", name="Report card").first.click()
    await expect(page.locator("iframe")).to_have_attribute("src", "/reports/hanako/report.html#english")
