"""The page of data, in a real browser: card, consent, and the review, which `senpai data review` carries out."""

import json

import pytest
from playwright.async_api import Page, expect

from bot.platforms.console.data_files import Decision, decide, review_rows
from bot.platforms.console.senpai_command import CommandFailed
from tests.bot.platforms.console.conftest import Console
from tests.bot.platforms.console.shelf import build_example
from train.contents import Contents

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_card_and_the_consent_are_shown(console: Console, page: Page) -> None:
    card = json.loads((console.home / "data" / "example" / "card.json").read_text(encoding="utf-8"))
    await page.goto(f"{console.url}/data")
    await expect(page.get_by_text(str(card["num_utterances"]), exact=True)).to_be_visible()
    await expect(page.get_by_role("img", name="文の終わり")).to_be_visible()
    await expect(page.locator("tr", has_text="期限")).to_contain_text("2099-12-31")


async def test_a_dropped_utterance_comes_back_and_goes_again(console: Console, page: Page) -> None:
    folder = console.home / "data" / "example"
    number = len(Contents.read(folder).utterances)
    await page.goto(f"{console.url}/data")
    row = page.locator("tbody tr", has_text="落とした：重複").first
    await row.get_by_role("button", name="残す").click()
    await expect(page.get_by_text("1件を反映しました。")).to_be_visible()
    assert len(Contents.read(folder).utterances) == number + 1
    kept = page.locator("tbody tr", has=page.get_by_role("cell", name="残す", exact=True)).first
    await kept.get_by_role("button", name="落とす").click()
    await expect(page.get_by_role("cell", name="残す", exact=True)).to_have_count(0)
    assert len(Contents.read(folder).utterances) == number


async def test_on_a_phone_every_decision_about_a_row_is_within_reach(console: Console, page: Page) -> None:
    await page.set_viewport_size({"width": 390, "height": 4000})
    await page.goto(f"{console.url}/data")
    await expect(page.locator("tbody tr").first.get_by_role("button").last).to_be_in_viewport(ratio=1)


async def test_a_word_that_is_always_kept_comes_back_everywhere_and_stands_on_the_list(
    console: Console, page: Page
) -> None:
    await page.goto(f"{console.url}/data")
    await page.wait_for_function("() => window.socket?.connected")  # what is pressed before is not heard
    row = page.locator("tbody tr", has=page.get_by_role("button", name="いつも残す")).first
    word = await row.locator("td").nth(1).inner_text()
    await row.get_by_role("button", name="いつも残す").click()
    await expect(page.get_by_text("件を反映しました。")).to_be_visible()
    assert word in (console.home / "allow.txt").read_text(encoding="utf-8").splitlines()
    folder = console.home / "data" / "example"
    assert {each["action"] for each in review_rows(folder) if each["span"] == word} == {"keep"}


async def test_a_decision_that_cannot_be_carried_out_changes_nothing(console: Console) -> None:
    home = console.home.parent / "elsewhere"
    build_example(home)
    folder = home / "data" / "example"
    before = (folder / "review.tsv").read_bytes()
    with pytest.raises(CommandFailed, match="explode"):
        await decide(home, folder, {0: Decision("explode", "")})
    assert (folder / "review.tsv").read_bytes() == before
