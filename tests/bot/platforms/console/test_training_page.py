"""The page of training, in a real browser: `senpai train` runs beside the bot, is watched and can be stopped."""

import json
import shutil

import pytest
from playwright.async_api import Page, expect

from bot.platforms.console.training import probe_series
from tests.bot.platforms.console.conftest import Console

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_strengths_tried_behind_the_last_step_are_no_part_of_the_curves() -> None:
    lines = [
        {"step": 0, "metrics": {"S1": 0.9, "H1": 4.2}},
        {"step": 1, "loss": 3.6},
        {"step": 4, "metrics": {"S1": 0.8, "H1": 4.1}},
        {"strength": 0.5, "style": 0.3, "metrics": {"S1": 0.7}},
    ]
    assert probe_series(lines) == {"S1": [(0, 0.9), (4, 0.8)]}


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_a_run_that_cannot_begin_says_why(console: Console, page: Page) -> None:
    folder = console.home / "data" / "a-without-consent"
    shutil.copytree(console.home / "data" / "example", folder)
    (folder / "consent.toml").unlink()
    try:
        await page.goto(f"{console.url}/training")
        await page.get_by_role("button", name="始める").click()
        await expect(page.get_by_text("senpai-1 は途中で終わりました。")).to_be_visible(timeout=240_000)
        await expect(page.get_by_text("consent.toml does not exist")).to_be_visible()
    finally:
        shutil.rmtree(folder)


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_a_run_is_watched_to_its_end_and_stands_on_the_shelf(console: Console, page: Page) -> None:
    await page.goto(f"{console.url}/training")
    await page.get_by_label("新しいチェックポイントの名前").fill("tuned")
    await page.get_by_label("ステップ数").fill("4")
    await page.get_by_role("button", name="始める").click()
    await expect(page.get_by_text("tuned を学習しています")).to_be_visible()
    await expect(page.get_by_role("button", name="止める")).to_be_enabled()
    await expect(page.get_by_text("tuned を学習しています")).to_have_count(0, timeout=800_000)
    manifest = json.loads((console.home / "checkpoints" / "tuned" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["name"] == "tuned"


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_a_run_is_stopped_and_leaves_no_checkpoint(console: Console, page: Page) -> None:
    await page.goto(f"{console.url}/training")
    await page.get_by_label("新しいチェックポイントの名前").fill("stopped")
    await page.get_by_role("button", name="始める").click()
    metrics = console.home / "runs" / "stopped" / "metrics.jsonl"
    await expect(page.get_by_text("stopped を学習しています")).to_be_visible()
    for _ in range(600):
        if metrics.exists():
            break
        await page.wait_for_timeout(500)
    await page.get_by_role("button", name="止める").click()
    await expect(page.get_by_text("stopped は途中で終わりました。")).to_be_visible(timeout=90_000)
    assert not (console.home / "checkpoints" / "stopped").exists()
