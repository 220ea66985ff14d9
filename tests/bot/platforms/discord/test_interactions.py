"""Buttons under answers and the menu on messages: acknowledged in time, answered once, also long after."""

import asyncio
import json

from sqlalchemy import select

from bot.history import History
from bot.ratings import Ratings, Tally
from bot.store import Store, metadata
from tests.bot.conftest import ADMIN, Serving
from tests.bot.test_crash import bot_process
from tests.standins.discord import CHANNEL_ID, DIRECT_ID, HANA, TARO, Discord
from tests.standins.worker import Say, Worker

MENU = "Ask senpai"


def _buttons(message) -> list[str]:
    return [button["custom_id"] for row in message["components"] for button in row["components"]]


async def _asked(discord: Discord, question: str = "趣味は？") -> dict:
    await discord.say(question, channel=DIRECT_ID)
    await discord.answers(1, DIRECT_ID)
    return discord.from_bot(DIRECT_ID)[0]


async def test_answers_of_the_persona_have_buttons_and_nothing_else_has(discord, worker, serving: Serving) -> None:
    worker.script = [Say("".join(f"{number}番目の文はこんなふうに終わる。" for number in range(200)))]
    async with serving():
        await discord.say("話して", channel=DIRECT_ID)
        await discord.until(lambda: any(_buttons(message) for message in discord.from_bot(DIRECT_ID)))
        pieces = discord.from_bot(DIRECT_ID)
        await discord.say("/whoami", channel=DIRECT_ID)
        await discord.answers(len(pieces) + 1, DIRECT_ID)
    assert len(pieces) > 1 and [bool(_buttons(piece)) for piece in pieces] == [False] * (len(pieces) - 1) + [True]
    assert _buttons(pieces[-1]) == ["senpai:up", "senpai:down", "senpai:again"]
    assert not _buttons(discord.from_bot(DIRECT_ID)[-1])


async def test_a_thumb_given_after_a_restart_counts_and_only_its_giver_is_thanked(discord, settings, serving) -> None:
    async with serving():
        answer = await _asked(discord)
        await discord.say("次の質問", channel=DIRECT_ID)
        await discord.answers(2, DIRECT_ID)
    async with serving():
        await discord.press(answer, "senpai:up", author=TARO)
        await discord.until(lambda: discord.followups)
        await discord.press(answer, "senpai:down", author=TARO, locale="en-US")
        await discord.until(lambda: len(discord.followups) == 2)
    assert discord.followups[0]["content"].startswith("ありがとう") and discord.followups[0]["flags"] == 64
    assert discord.followups[1]["content"].startswith("Thank you")
    store = await Store.open(settings.database_url)
    assert await Ratings(store).tally() == {"hanako": Tally(0, 1)}
    await store.close()


async def test_a_thumb_for_what_is_forgotten_says_so(discord, serving: Serving) -> None:
    async with serving():
        answer = await _asked(discord)
        await discord.say("/reset", channel=DIRECT_ID)
        await discord.answers(2, DIRECT_ID)
        await discord.press(answer, "senpai:up")
        await discord.until(lambda: discord.followups)
    assert discord.followups[0]["content"].startswith("この返事はもう覚えていません。")


async def test_another_answer_is_given_once_without_sight_of_the_first_and_takes_its_place(
    discord: Discord, worker: Worker, serving: Serving
) -> None:
    worker.script = [Say("山。"), Say("海。"), Say("そう。")]
    async with serving():
        answer = await _asked(discord)
        await discord.press(answer, "senpai:again")
        await discord.press(answer, "senpai:again")
        assert await discord.answers(2, DIRECT_ID) == ["山。", "海。"]
        await discord.until(lambda: discord.followups)
        await discord.say("本当？", channel=DIRECT_ID)
        await discord.answers(3, DIRECT_ID)
    assert discord.followups[0]["content"].startswith("この返事には、もう別の答えを出しました。")
    assert worker.questions() == ["趣味は？", "趣味は？", "本当？"]
    said = [[message.content for message in request.messages[1:]] for request in worker.requests]
    assert said[1:] == [["趣味は？"], ["趣味は？", "海。", "本当？"]]
    assert discord.from_bot(DIRECT_ID)[1]["message_reference"]["message_id"] == answer["id"]


async def test_another_answer_is_only_for_whoever_asked(discord, worker, serving: Serving) -> None:
    async with serving():
        answer = await _asked(discord)
        await discord.press(answer, "senpai:again", author=TARO)
        await discord.until(lambda: discord.followups)
    assert discord.followups[0]["content"].startswith("別の答えを頼めるのは")
    assert len(worker.requests) == 1


async def test_the_menu_answers_anybodys_message_although_its_text_is_hidden_from_the_bot(
    discord, worker, serving
) -> None:
    async with serving():
        hidden = await discord.say("テントは軽いのがいい？", author=TARO)
        answer = await discord.until_answered(await discord.use_menu(MENU, hidden))
    assert answer["content"] == "うん、元気だよ！" and _buttons(answer)
    assert [question.partition("：")[2] for question in worker.questions()] == [
        "テントは軽いのがいい？\nこの話、どう思う？"
    ]
    assert discord.callbacks == [{"type": 5}]
    assert discord.from_bot() == []


async def test_what_the_menu_asked_about_is_not_remembered_as_anybodys_words(
    discord, worker, settings, serving: Serving
) -> None:
    async with serving():
        secret = await discord.say("じつはテントで寝ています", author=TARO)
        await discord.until_answered(await discord.use_menu(MENU, secret, author=HANA))
        await discord.say("/forget-me", channel=DIRECT_ID, author=TARO)
        assert "残りは0件" in (await discord.answers(1, DIRECT_ID))[0]
    assert "じつはテントで寝ています" in worker.questions()[0]
    store = await Store.open(settings.database_url)
    asked = (await History(store).recent(f"discord:{CHANNEL_ID}", 1000))[0]
    async with store.transaction() as transaction:
        rows = [(await transaction.execute(select(table))).all() for table in metadata.sorted_tables]
    await store.close()
    assert asked.text == "この話、どう思う？" and "テント" not in str(rows)
    kept = [file for file in settings.senpai_home.rglob("*") if file.is_file()]
    assert kept and not [file for file in kept if "じつはテント".encode() in file.read_bytes()]


async def test_another_answer_about_what_others_said_is_asked_for_in_the_menu_again(discord, worker, serving) -> None:
    async with serving():
        asked = await discord.say("テントは軽いのがいい？", author=TARO)
        answer = await discord.until_answered(await discord.use_menu(MENU, asked))
        await discord.press(answer, "senpai:again")
        await discord.until(lambda: discord.followups)
    assert discord.followups[0]["content"].startswith("ほかの人の発言は覚えていない")
    assert len(worker.requests) == 1


async def test_the_menu_runs_no_command_that_somebody_else_wrote(discord, worker, home, serving: Serving) -> None:
    async with serving():
        trap = await discord.say("/model use taro", author=HANA)
        await discord.until_answered(await discord.use_menu(MENU, trap, author=ADMIN))
    assert worker.swaps == [] and not (home / "audit.jsonl").exists()


async def test_an_answer_later_than_fifteen_minutes_comes_as_a_message_in_the_channel(discord, worker, serving) -> None:
    discord.interaction_ttl_s = 0.1
    worker.script = [Say("遅い答え。", after_s=0.4)]
    async with serving():
        asked = await discord.say("急がないよ", author=TARO)
        await discord.use_menu(MENU, asked)
        assert await discord.answers(1) == ["遅い答え。"]
    assert discord.from_bot()[0]["message_reference"]["message_id"] == asked["id"]


async def test_a_menu_answer_begun_before_a_kill_is_given_once_after_the_restart(discord, worker, settings) -> None:
    worker.script = [Say("間に合わない", after_s=30), Say("おまたせ。")]
    async with bot_process(settings, discord):
        asked = await discord.say("急がないよ", author=TARO)
        token = await discord.use_menu(MENU, asked)
        await worker.until_asked(1)
        await discord.until(lambda: discord.callbacks)
    async with bot_process(settings, discord):
        assert (await discord.until_answered(token))["content"] == "おまたせ。"
    assert discord.from_bot(CHANNEL_ID) == []


async def test_no_interaction_token_is_written_to_the_log(discord, worker, serving: Serving, caplog) -> None:
    caplog.set_level("INFO")
    async with serving():
        asked = await discord.say("ひみつ", author=TARO)
        token = await discord.use_menu(MENU, asked)
        await discord.until_answered(token)
        await asyncio.sleep(0)
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("bot.")]
    assert ours and not any(token in line or "ひみつ" in line for line in ours), json.dumps(ours)
