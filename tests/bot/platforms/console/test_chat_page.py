"""The chat page, in a real browser: an answer streams in, is seen in every tab, and can be asked for again."""

import asyncio

import pytest
from playwright.async_api import BrowserContext, Locator, Page, expect

from tests.bot.platforms.console.conftest import Console
from tests.standins.worker import Say

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANSWER = ".exchange:last-of-type .theirs"
SLOW = Say("きのうは麻雀をしていて、朝になってしまったんだよ〜。", each_s=0.15)


async def ask(page: Page, question: str) -> None:
    field = page.get_by_label("メッセージ")
    await field.fill(question)
    await field.press("Enter")


def button_of_last(page: Page, name: str) -> Locator:
    return page.locator(".exchange").last.get_by_role("button", name=name, exact=True)


async def test_an_answer_streams_in_and_what_the_model_saw_can_be_read(console: Console, page: Page) -> None:
    console.worker.script = [SLOW]
    await page.goto(console.url)
    await ask(page, "趣味は？")
    await expect(page.locator(ANSWER)).to_contain_text("きのう")
    assert len(await page.locator(ANSWER).inner_text()) < len(SLOW.text), "the beginning is there before the end"
    await expect(page.locator(ANSWER)).to_have_text(SLOW.text)
    await button_of_last(page, "モデルが見たもの").click()
    seen = page.get_by_role("dialog")
    await expect(seen).to_contain_text("あなたは常体で応答します。")
    await expect(seen).to_contain_text("のぼること")
    await page.keyboard.press("Escape")


async def test_what_the_guards_found_is_shown_with_both_prompts(console: Console, page: Page) -> None:
    console.worker.script = [Say("あ" * 40), Say("今度はまともな返事だよ")]
    await page.goto(console.url)
    await ask(page, "叫んでみて")
    await expect(page.locator(ANSWER)).to_have_text("今度はまともな返事だよ")
    await button_of_last(page, "モデルが見たもの").click()
    await expect(page.get_by_role("dialog")).to_contain_text("2回目：hanako")
    await expect(page.get_by_role("dialog").locator("tr", has_text="門番の判定")).to_contain_text("くずれた文")


async def test_another_answer_takes_the_place_of_the_first(console: Console, page: Page) -> None:
    console.worker.script = [Say("いまいちな返事"), Say("ずっといい返事")]
    await page.goto(console.url)
    await ask(page, "もう一度きくよ")
    await expect(page.locator(ANSWER)).to_have_text("いまいちな返事")
    await button_of_last(page, "もう一度答えてもらう").click()
    await expect(page.locator(ANSWER)).to_have_text("ずっといい返事")
    await expect(page.get_by_text("いまいちな返事")).to_have_count(0)
    last = console.worker.requests[-1].messages
    assert all("いまいち" not in message.content for message in last), "the model does not read what was taken back"


async def test_a_thumb_is_kept_as_a_rating(console: Console, page: Page) -> None:
    await page.goto(console.url)
    await ask(page, "いい天気だね")
    await expect(page.locator(ANSWER)).to_have_text("うん、元気だよ！")
    await button_of_last(page, "よい").click()
    await expect(page.get_by_text("覚えました。")).to_be_visible()
    await expect(button_of_last(page, "よい")).to_have_attribute("aria-pressed", "true")
    await button_of_last(page, "よくない").click()
    await expect(button_of_last(page, "よい")).to_have_attribute("aria-pressed", "false")
    await page.reload()
    await expect(button_of_last(page, "よくない")).to_have_attribute("aria-pressed", "true")


async def test_what_a_command_says_is_neither_rated_nor_asked_for_again(console: Console, page: Page) -> None:
    await page.goto(console.url)
    await ask(page, "/help")
    await expect(page.locator(ANSWER)).to_contain_text("/about")
    await expect(page.locator(".exchange").last.get_by_role("button")).to_have_count(0)


async def test_a_conversation_that_is_opened_again_is_shown_from_its_end(console: Console, page: Page) -> None:
    await page.set_viewport_size({"width": 390, "height": 300})
    await page.goto(console.url)
    await ask(page, "最後に聞くよ")
    await expect(button_of_last(page, "よい")).to_be_visible()
    await page.reload()
    await expect(button_of_last(page, "よい")).to_be_in_viewport()
    await page.wait_for_function("() => scrollY > 0 && innerHeight + scrollY >= document.body.scrollHeight - 2")


async def test_escape_closes_the_menu_that_lies_over_the_page(console: Console, page: Page) -> None:
    await page.set_viewport_size({"width": 390, "height": 720})
    await page.goto(console.url)
    await page.get_by_role("button", name="メニュー").click()
    await expect(page.get_by_role("link", name="健康")).to_be_in_viewport()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("link", name="健康")).not_to_be_in_viewport()


async def test_two_tabs_and_a_reload_in_mid_stream_show_the_same_answer_once(
    console: Console, context: BrowserContext
) -> None:
    console.worker.script = [SLOW]
    first, second = await context.new_page(), await context.new_page()
    await asyncio.gather(first.goto(console.url), second.goto(console.url))
    await ask(first, "きのうは？")
    await expect(second.locator(ANSWER)).to_contain_text("きのう")
    await first.reload()
    for page in (first, second):
        await expect(page.locator(ANSWER)).to_have_text(SLOW.text)
        await expect(page.get_by_text("きのうは？", exact=True)).to_have_count(1)
    await first.reload()
    await expect(first.get_by_text("きのうは？", exact=True)).to_have_count(1)


async def test_an_answer_broken_off_by_the_worker_is_begun_anew(console: Console, page: Page) -> None:
    console.worker.script = [Say("ここで切れてしまう返事", breaks=True), Say("二度目は最後まで言えた")]
    await page.goto(console.url)
    await ask(page, "聞こえる？")
    await expect(page.locator(ANSWER)).to_have_text("二度目は最後まで言えた")


async def test_a_question_asked_while_the_worker_loads_is_answered_once_it_is_up(console: Console, page: Page) -> None:
    console.worker.is_loading = True
    await page.goto(console.url)
    await ask(page, "もう起きた？")
    await expect(page.locator(ANSWER)).to_contain_text("まだ起きたばかりです。")
    console.worker.is_loading = False
    await expect(page.locator(ANSWER)).to_have_text("うん、元気だよ！")
    assert console.worker.questions().count("もう起きた？") == 1


async def test_whoever_waits_in_line_sees_the_place_on_the_page(console: Console, page: Page) -> None:
    console.worker.queue, console.worker.script = 4, [Say("待たせたね。", after_s=3)]
    await page.goto(console.url)
    await ask(page, "混んでる？")
    await expect(page.locator(ANSWER)).to_contain_text("いま5番目、あと")
    await expect(page.locator(ANSWER)).to_have_text("待たせたね。")


async def test_an_answer_that_is_being_written_can_be_stopped(console: Console, page: Page) -> None:
    console.worker.script = [SLOW]
    await page.goto(console.url)
    await ask(page, "長い話をして")
    await expect(page.locator(ANSWER)).to_contain_text("きのう")
    await page.get_by_role("button", name="止める").click()
    await expect(page.get_by_text("長い話をして", exact=True)).to_have_count(0)


async def test_the_keyboard_is_enough_and_composing_japanese_does_not_send(console: Console, page: Page) -> None:
    await page.goto(console.url)
    await expect(page.get_by_label("メッセージ")).to_be_focused()
    await page.keyboard.insert_text("キーボードだけ")
    composing = "e => e.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true}))"
    await page.get_by_label("メッセージ").evaluate(composing)
    await page.wait_for_timeout(200)
    await expect(page.locator(".mine", has_text="キーボードだけ")).to_have_count(0)
    await page.keyboard.press("Enter")
    await expect(page.locator(ANSWER)).to_have_text("うん、元気だよ！")


@pytest.mark.slow
async def test_a_worker_that_stays_away_is_apologised_for(console: Console, page: Page) -> None:
    console.worker.script = [Say("ここで切れる", breaks=True)]
    await page.goto(console.url)
    await ask(page, "まだいる？")
    await expect(page.locator(ANSWER)).to_contain_text("いま頭が働いていません", timeout=30_000)
