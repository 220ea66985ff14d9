"""Threads, forum posts and reply chains: when the bot speaks there, and what it reads before."""

from sqlalchemy import select

from bot.store import Store, metadata
from tests.bot.conftest import WHOLE, Serving
from tests.standins.discord import (
    BOT_ID,
    CHANNEL_ID,
    DIRECT_ID,
    MESSAGE_CONTENT,
    OTHER_THREAD_ID,
    POST_ID,
    TARO,
    THREAD_ID,
    Discord,
)
from tests.standins.worker import Say, Worker


def _reading_everything(discord: Discord, settings):
    discord.allowed_privileged = MESSAGE_CONTENT
    return settings.model_copy(update={"discord_message_content": True})


async def test_the_message_content_intent_is_asked_for_only_when_the_settings_say_so(
    discord, settings, serving
) -> None:
    async with serving():
        assert not discord.intents & MESSAGE_CONTENT
    async with serving(_reading_everything(discord, settings)):
        assert discord.intents & MESSAGE_CONTENT


async def test_in_a_thread_it_was_invited_to_nobody_has_to_mention_it(discord, worker, settings, serving) -> None:
    async with serving(_reading_everything(discord, settings)):
        await discord.say("リュックは何リットル？", channel=THREAD_ID)
        await discord.answers(1, THREAD_ID)
        await discord.say("太郎はどう思う？", channel=THREAD_ID, mentions=(TARO,))
        await discord.say("リュックは何リットル？", channel=OTHER_THREAD_ID)
        await discord.say("リュックは何リットル？", channel=CHANNEL_ID)
        await discord.say("おわり", channel=DIRECT_ID)
        await discord.answers(1, DIRECT_ID)
    assert worker.questions() == ["リュックは何リットル？", "おわり"]


async def test_without_the_intent_it_waits_to_be_mentioned_in_a_thread_too(discord, worker, serving: Serving) -> None:
    async with serving():
        await discord.say("リュックは何リットル？", channel=THREAD_ID)
        await discord.say_to_bot("リュックは何リットル？", channel=OTHER_THREAD_ID)
        await discord.answers(1, OTHER_THREAD_ID)
    assert discord.from_bot(THREAD_ID) == []
    assert worker.questions() == ["リュックは何リットル？"]


async def test_a_forum_post_is_answered_inside_and_its_title_belongs_to_the_question(discord, worker, serving) -> None:
    async with serving():
        await discord.say(f"<@{BOT_ID}> 何がいる？", channel=POST_ID, mentions=(BOT_ID,), id=POST_ID)
        assert await discord.answers(1, POST_ID) == ["うん、元気だよ！"]
    assert worker.questions() == ["山の道具の相談\n何がいる？"]


async def test_what_the_question_replies_to_stands_before_it(discord, worker, settings, serving: Serving) -> None:
    async with serving(_reading_everything(discord, settings)):
        first = await discord.say("テントは軽いのがいい", author=TARO)
        second = await discord.say("いや、丈夫なの", answers=first)
        await discord.say(f"<@{BOT_ID}> どう思う？", answers=second, mentions=(BOT_ID,), author=TARO)
        await discord.answers(1)
    assert worker.questions() == ["> taro：テントは軽いのがいい\n> hana：いや、丈夫なの\nどう思う？"]


async def test_what_others_said_is_read_and_not_remembered(discord, settings, serving: Serving) -> None:
    async with serving(_reading_everything(discord, settings), tempo=WHOLE):
        first = await discord.say("引っ越すんだ", author=TARO)
        await discord.say(f"<@{BOT_ID}> 手伝う？", answers=first, mentions=(BOT_ID,))
        await discord.answers(1)
    store = await Store.open(settings.database_url)
    async with store.transaction() as transaction:
        kept = [str(row) for table in metadata.sorted_tables for row in await transaction.execute(select(table))]
    await store.close()
    assert any("手伝う？" in row for row in kept)
    assert not any("引っ越す" in row for row in kept)


async def test_an_old_answer_is_quoted_and_one_just_given_is_not(discord: Discord, worker: Worker, serving) -> None:
    worker.script = [Say("青がいい。"), Say("二。"), Say("三。"), Say("四。")]
    async with serving():
        for number, question in enumerate(("何色？", "それは？", "これは？"), 1):
            await discord.say_to_bot(question, channel=CHANNEL_ID)
            await discord.answers(number)
        await discord.say("なんで？", answers=discord.from_bot()[0])
        await discord.answers(4)
        await discord.say("ほんと？", answers=discord.from_bot()[3])
        await discord.answers(5)
    assert worker.questions()[3:] == ["> hana：何色？\n> senpai（AI）：青がいい。\nなんで？", "ほんと？"]


async def test_a_message_in_which_the_bot_is_mentioned_only_afterwards_is_answered(discord, worker, serving) -> None:
    async with serving():
        asked = await discord.say("だれか知ってる？")
        await discord.edit(asked, f"<@{BOT_ID}> 知ってる？", mentions=(BOT_ID,))
        await discord.answers(1)
        await discord.edit(asked, f"<@{BOT_ID}> 知ってる？？", mentions=(BOT_ID,))
        await discord.say("おわり", channel=DIRECT_ID)
        await discord.answers(1, DIRECT_ID)
    assert worker.questions() == ["知ってる？", "おわり"]


async def test_after_an_edit_the_old_words_are_no_longer_remembered(discord, worker, serving: Serving) -> None:
    async with serving():
        asked = await discord.say("私の住所はひみつ町", channel=DIRECT_ID)
        await discord.answers(1, DIRECT_ID)
        await discord.edit(asked, "私の住所はないしょ")
        await discord.say("覚えてる？", channel=DIRECT_ID)
        await discord.answers(2, DIRECT_ID)
    assert "ひみつ町" not in str(worker.requests[-1]) and "ないしょ" in str(worker.requests[-1])
