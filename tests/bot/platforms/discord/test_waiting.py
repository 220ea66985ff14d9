"""Whoever has to wait on Discord is told how long, in a message that goes away again."""

from bot.platforms.discord.draft import Tempo
from tests.bot.conftest import Serving
from tests.standins.discord import CHANNEL_ID, DIRECT_ID, TARO, Discord
from tests.standins.worker import Say

SOON = Tempo(first_after_s=0.3, apart_s=0.1, notice_after_s=0.1)


async def test_whoever_waits_is_told_their_place_and_the_notice_goes_before_the_answer_comes(
    discord: Discord, worker, serving: Serving
) -> None:
    worker.script = [Say("一。", after_s=3), Say("二。"), Say("三。")]
    async with serving(tempo=SOON):
        await discord.say("ひとつめ", channel=DIRECT_ID)
        await worker.until_asked(1)
        await discord.say("ふたつめ", channel=DIRECT_ID)
        third = await discord.say("みっつめ", channel=DIRECT_ID)
        notice = await discord.until_says("いま3番目、あと20秒くらいです。", DIRECT_ID)
        assert notice["message_reference"]["message_id"] == third["id"]
        await discord.until_says("三。", DIRECT_ID)
        assert [message["content"] for message in discord.from_bot(DIRECT_ID)] == ["一。", "二。", "三。"]
    assert {message["content"][:5] for message in discord.deleted} == {"いま2番目", "いま3番目"}


async def test_a_full_worker_is_waited_for_in_view_and_the_answer_takes_the_notices_place(
    discord: Discord, worker, serving: Serving
) -> None:
    worker.script, worker.queue = [Say("待たせた。", after_s=2.5)], 4
    async with serving(tempo=SOON):
        await discord.say("元気？", channel=DIRECT_ID)
        await discord.until_says("いま5番目、あと50秒くらいです。", DIRECT_ID)
        await discord.until_says("待たせた。", DIRECT_ID)
        await discord.until(lambda: discord.deleted)
        assert await discord.answers(1, DIRECT_ID) == ["待たせた。"]


async def test_a_question_deleted_while_it_waits_takes_its_notice_along(discord, worker, serving: Serving) -> None:
    worker.script = [Say("一。", after_s=1), Say("二。")]
    async with serving(tempo=SOON):
        await discord.say("ひとつめ", channel=DIRECT_ID)
        await worker.until_asked(1)
        second = await discord.say("ふたつめ", channel=DIRECT_ID)
        await discord.answers(1, DIRECT_ID)
        await discord.delete(second)
        await discord.until(lambda: discord.deleted)
        assert await discord.answers(1, DIRECT_ID) == ["一。"]
    assert worker.questions() == ["ひとつめ"]


async def test_only_one_message_of_an_author_may_wait_behind_another(discord, worker, settings, serving) -> None:
    worker.script = [Say("一。", after_s=1), Say("二。"), Say("四。")]
    strict = settings.model_copy(update={"senpai_waiting_per_author": 1})
    async with serving(strict):
        await discord.say_to_bot("ひとつめ", CHANNEL_ID)
        await worker.until_asked(1)
        await discord.say_to_bot("ふたつめ", CHANNEL_ID)
        await discord.say_to_bot("みっつめ", CHANNEL_ID)
        (refusal,) = await discord.answers(1)
        await discord.say_to_bot("別の人", CHANNEL_ID, author=TARO)
        assert await discord.answers(4) == [refusal, "一。", "二。", "四。"]
    assert refusal.startswith("まだ前のメッセージに答えている途中です。")
    assert worker.questions() == ["ひとつめ", "ふたつめ", "別の人"]
