"""Comparing, guessing and trying platforms on, in a real browser."""

import json

import pytest
from playwright.async_api import Page, expect

from model.facts import FACTS, write
from tests.bot.platforms.console.conftest import Console
from tests.consents import write_consent
from tests.standins.worker import Say

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_two_checkpoints_answer_the_same_question_side_by_side(console: Console, page: Page) -> None:
    console.worker.script = [Say("わしは猫派じゃ"), Say("ぼくは犬派だよ")]
    await page.goto(f"{console.url}/compare")
    await page.get_by_label("質問").fill("猫と犬どっち？")
    await page.get_by_role("button", name="両方に聞く").click()
    await expect(page.get_by_text("わしは猫派じゃ")).to_be_visible()
    await expect(page.get_by_text("ぼくは犬派だよ")).to_be_visible()
    asked = console.worker.requests[-2:]
    assert {request.model for request in asked} == {"hanako", "base:mini"}
    assert asked[0].messages == asked[1].messages
    assert asked[0].seed == asked[1].seed


async def test_what_the_chat_would_hold_back_is_not_shown_here_either_and_the_verdict_is(
    console: Console, page: Page
) -> None:
    copied = "きのうは麻雀をしていたら朝になった。"
    facts = console.home / "checkpoints" / "hanako" / FACTS
    write(facts, [copied])
    console.worker.script = [Say(copied, each_s=0.02), Say("本を読んでいたよ。")]
    shown: list[str] = []

    def told(text: str) -> None:
        shown.append(text)

    await page.goto(f"{console.url}/compare")
    await page.expose_function("told", told)
    await page.evaluate(
        "new MutationObserver(() => told(document.body.innerText))"
        ".observe(document.body, {subtree: true, childList: true, characterData: true})"
    )
    await page.get_by_label("質問").fill("きのうは何をしてた？")
    await page.get_by_role("button", name="両方に聞く").click()
    held_back = page.locator("section", has_text="門番がこの返事を止めました")
    await expect(held_back).to_contain_text("門番の判定: 丸写し")
    await expect(page.locator("section", has_text="本を読んでいたよ。")).to_contain_text("門番の判定: 問題なし")
    assert shown and not any("麻雀をしていたら朝" in text for text in shown), "not even for a moment"
    facts.unlink()


async def test_a_blind_vote_is_counted_and_the_names_are_shown_only_afterwards(console: Console, page: Page) -> None:
    await page.goto(f"{console.url}/compare")
    await page.get_by_role("switch", name="名前を隠して投票する").click()
    await page.get_by_label("質問").fill("元気？")
    await page.get_by_label("質問").press("Enter")
    await expect(page.get_by_role("heading", name="左")).to_be_visible()
    await expect(page.get_by_role("heading", name="base:mini")).to_have_count(0)
    left = page.get_by_role("button", name="左がいい")
    await expect(left).to_be_visible()
    await expect(page.get_by_text("門番の判定").first).to_be_hidden()
    await left.click()
    await expect(page.get_by_text("門番の判定").first).to_be_visible()
    await expect(page.get_by_text("でした。")).to_contain_text("base:mini")
    await expect(page.get_by_text("1票")).to_be_visible()


async def test_the_quiz_asks_judges_and_counts(console: Console, page: Page) -> None:
    console.worker.script = [Say("本を読んでいたかな〜。")]
    await page.goto(f"{console.url}/quiz")
    await expect(page.get_by_text("0票")).to_have_count(0)
    await page.get_by_role("button", name="問題を出す").click()
    real = page.locator("section", has_text="麻雀をしていたら朝になった")
    await expect(page.locator("section", has_text="本を読んでいたかな")).to_be_visible()
    await real.get_by_role("button").click()
    await expect(page.get_by_text("正解！")).to_be_visible()
    await expect(page.get_by_text("1票")).to_be_visible()
    votes = (console.home / "votes.jsonl").read_text(encoding="utf-8")
    assert json.loads(votes.splitlines()[-1])["kind"] == "quiz"


async def test_nobody_is_guessed_or_compared_whose_consent_has_ended(console: Console, page: Page) -> None:
    write_consent(console.home / "checkpoints" / "hanako", until="2024-02-01")
    num_asked = len(console.worker.requests)
    await page.goto(f"{console.url}/quiz")
    await page.get_by_role("button", name="問題を出す").click()
    await expect(page.get_by_text("うまくいきませんでした")).to_be_visible()
    await page.goto(f"{console.url}/compare")
    await page.get_by_label("質問").fill("元気？")
    await page.get_by_role("button", name="両方に聞く").click()
    await expect(page.get_by_text("うまくいきませんでした")).to_be_visible()
    write_consent(console.home / "checkpoints" / "hanako")
    assert len(console.worker.requests) == num_asked


async def test_in_a_group_the_bot_keeps_silent_unless_it_is_meant(console: Console, page: Page) -> None:
    await page.goto(f"{console.url}/trial")
    await page.get_by_role("switch", name="メンションする").click()
    field = page.get_by_label("メッセージ")
    await field.fill("だれか起きてる？")
    await field.press("Enter")
    await expect(page.get_by_text("メンションか呼び名がないと")).to_be_visible()
    await page.get_by_role("switch", name="メンションする").click()
    await field.fill("起きてる？")
    await field.press("Enter")
    await expect(page.get_by_text("うん、元気だよ！")).to_be_visible()
    await expect(page.get_by_text("1通、8文字")).to_be_visible()


async def test_a_long_answer_comes_in_pieces_and_the_reply_token_runs_down(console: Console, page: Page) -> None:
    console.worker.script = [Say("きのうは山に登ったよ。きょうは海で泳いだよ。あしたは星を見るよ。", after_s=1.5)]
    await page.goto(f"{console.url}/trial")
    await page.get_by_label("一通の長さ").fill("12")
    field = page.get_by_label("メッセージ")
    await field.fill("予定は？")
    await field.press("Enter")
    await expect(page.get_by_text("返信トークンはあと")).to_be_visible()
    await expect(page.get_by_text("3通、")).to_be_visible()
