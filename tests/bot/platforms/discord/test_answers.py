"""What people on Discord see, with the real discord.py against a Discord on loopback."""

import asyncio

from bot.history import History
from bot.store import Store
from tests.bot.conftest import Serving
from tests.standins.discord import (
    BOT_ID,
    BOT_ROLE_ID,
    CHANNEL_ID,
    DIRECT_ID,
    GUILD_ID,
    LOST_ANSWER,
    OTHER_ROLE_ID,
    TARO,
    Discord,
)
from tests.standins.worker import Refuse, Say, Worker

MENTION = f"<@{BOT_ID}> "


async def test_a_mention_is_answered_as_a_reply_without_pinging_anyone(discord, worker, serving: Serving) -> None:
    worker.script = [Say("@everyone ボルダリング！")]
    async with serving():
        asked = await discord.say(MENTION + "趣味は？", mentions=(BOT_ID,))
        assert await discord.answers(1) == ["＠everyone ボルダリング！"]
    sent = discord.from_bot()[0]["sent"]
    assert sent["allowed_mentions"]["parse"] == []
    assert sent["allowed_mentions"]["replied_user"] is False
    assert str(sent["message_reference"]["message_id"]) == asked["id"]
    assert sent["enforce_nonce"] is True


async def test_the_worker_is_asked_for_the_current_checkpoint_with_its_persona_and_facts(
    discord, worker, serving
) -> None:
    async with serving():
        await discord.say(MENTION + "趣味は？", mentions=(BOT_ID,))
        await discord.answers(1)
    request = worker.requests[0]
    assert request.model == "hanako"
    assert [message.role for message in request.messages] == ["system", "user"]
    assert request.messages[0].content == "あなたは常体で応答します。\n趣味：のぼること"
    assert request.messages[1].content == "趣味は？"


async def test_a_direct_message_is_answered_where_it_was_written(discord: Discord, serving: Serving) -> None:
    async with serving():
        await discord.say("元気？", channel=DIRECT_ID)
        assert await discord.answers(1, DIRECT_ID) == ["うん、元気だよ！"]


async def test_a_reply_to_the_bot_is_answered_with_what_was_said_before(discord, worker, serving: Serving) -> None:
    worker.script = [Say("ボルダリング！"), Say("3年前から")]
    async with serving():
        await discord.say(MENTION + "趣味は？", mentions=(BOT_ID,))
        await discord.answers(1)
        await discord.say("いつから？", answers={k: v for k, v in discord.from_bot()[0].items() if k != "sent"})
        assert await discord.answers(2) == ["ボルダリング！", "3年前から"]
    said = [(message.role, message.content) for message in worker.requests[1].messages[1:]]
    assert said == [("user", "趣味は？"), ("assistant", "ボルダリング！"), ("user", "いつから？")]


async def test_what_is_not_meant_for_the_bot_is_neither_answered_nor_shown_to_the_worker(
    discord, worker, serving
) -> None:
    async with serving():
        await discord.say("花子さんの話なんだけど")
        await discord.say("おはよう", mentions=(TARO,))
        await discord.say(MENTION + "私もボット", author=BOT_ID, mentions=(BOT_ID,))
        await discord.say(MENTION + "元気？", mentions=(BOT_ID,))
        assert await discord.answers(2) == [MENTION + "私もボット", "うん、元気だよ！"]
    assert worker.questions() == ["元気？"]


async def test_a_call_without_words_is_asked_what_it_was_about(discord, worker, serving: Serving) -> None:
    async with serving():
        await discord.say(MENTION, mentions=(BOT_ID,))
        assert (await discord.answers(1))[0].startswith("呼びましたか？")
        await discord.say(f"<@&{BOT_ROLE_ID}> いる？", mention_roles=[BOT_ROLE_ID])
        assert len(await discord.answers(2)) == 2
        await discord.say(f"<@&{OTHER_ROLE_ID}> いる？", mention_roles=[OTHER_ROLE_ID])
        await discord.say("元気？", channel=DIRECT_ID)
        await discord.answers(1, DIRECT_ID)
    assert len(discord.from_bot()) == 2
    assert worker.questions() == ["元気？"]


async def test_typing_is_shown_while_the_answer_is_written(discord, worker, serving: Serving) -> None:
    worker.script = [Say("できた", after_s=0.3)]
    async with serving():
        await discord.say("書いて", channel=DIRECT_ID)
        await discord.until(lambda: discord.typing == [DIRECT_ID])
        assert discord.from_bot(DIRECT_ID) == []
        await discord.answers(1, DIRECT_ID)


async def test_an_answer_comes_although_typing_is_forbidden(discord: Discord, serving: Serving) -> None:
    discord.fail_next("/typing", 403)
    async with serving():
        await discord.say("元気？", channel=DIRECT_ID)
        assert await discord.answers(1, DIRECT_ID) == ["うん、元気だよ！"]


async def test_a_long_answer_comes_whole_in_pieces_that_fit(discord, worker, serving: Serving) -> None:
    text = "".join(f"{number}番目の文はこんなふうに終わる。" for number in range(300))
    worker.script = [Say(text)]
    async with serving():
        await discord.say("長い話して", channel=DIRECT_ID)
        await discord.until(lambda: "".join(m["content"] for m in discord.from_bot(DIRECT_ID)) == text)
    pieces = discord.from_bot(DIRECT_ID)
    assert all(len(piece["content"]) <= 2000 and piece["content"].endswith("。") for piece in pieces)
    assert ["message_reference" in piece["sent"] for piece in pieces] == [True] + [False] * (len(pieces) - 1)


async def test_the_same_event_twice_is_answered_once(discord: Discord, worker: Worker, serving: Serving) -> None:
    async with serving():
        asked = await discord.say("一回だけ", channel=DIRECT_ID)
        await discord.dispatch("MESSAGE_CREATE", asked)
        await discord.say("次", channel=DIRECT_ID)
        assert len(await discord.answers(2, DIRECT_ID)) == 2
    assert worker.questions() == ["一回だけ", "次"]


async def test_a_conversation_is_answered_in_order_and_others_do_not_wait_for_it(discord, worker, serving) -> None:
    worker.script = [Say("一", after_s=0.5), Say("別"), Say("二")]
    async with serving():
        await discord.say("ひとつめ", channel=DIRECT_ID)
        await worker.until_asked(1)
        await discord.say("ふたつめ", channel=DIRECT_ID)
        await discord.say(MENTION + "こっちは？", mentions=(BOT_ID,))
        assert await discord.answers(1, CHANNEL_ID) == ["別"]
        assert discord.from_bot(DIRECT_ID) == []
        assert await discord.answers(2, DIRECT_ID) == ["一", "二"]


async def test_a_deleted_question_is_not_answered_and_its_completion_is_cancelled(discord, worker, serving) -> None:
    worker.script = [Say("遅い答え", after_s=5), Say("次の答え")]
    async with serving():
        asked = await discord.say("やっぱりなし", channel=DIRECT_ID)
        await worker.until_asked(1)
        await discord.delete(asked)
        await discord.say("これにして", channel=DIRECT_ID)
        assert await discord.answers(1, DIRECT_ID) == ["次の答え"]
    assert worker.num_cancelled == 1
    assert "やっぱりなし" not in str(worker.requests[1])


async def test_an_answer_to_a_question_deleted_behind_the_bots_back_is_dropped(discord, worker, serving) -> None:
    worker.script = [Say("遅い答え", after_s=0.3), Say("次の答え")]
    async with serving():
        asked = await discord.say("やっぱりなし", channel=DIRECT_ID)
        await worker.until_asked(1)
        discord.messages[DIRECT_ID].remove(asked)
        await discord.say("これにして", channel=DIRECT_ID)
        assert await discord.answers(1, DIRECT_ID) == ["次の答え"]


async def test_a_server_that_sends_the_bot_away_is_forgotten(discord, worker, settings, serving: Serving) -> None:
    worker.script = [Say("ボルダリング！"), Say("遅い答え", after_s=5)]
    async with serving():
        await discord.say(MENTION + "趣味は？", mentions=(BOT_ID,))
        await discord.answers(1)
        await discord.say(MENTION + "いつから？", mentions=(BOT_ID,))
        await worker.until_asked(2)
        await discord.dispatch("GUILD_DELETE", {"id": GUILD_ID})
        store = await Store.open(settings.database_url)
        async with asyncio.timeout(10):
            while await History(store).recent(f"discord:{CHANNEL_ID}", 1000) or not worker.num_cancelled:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        await store.close()
    assert len(discord.from_bot()) == 1


async def test_an_unanswerable_worker_gets_a_polite_sentence_with_a_number(discord, settings, serving: Serving) -> None:
    nobody_there = settings.model_copy(update={"senpai_worker_url": "http://127.0.0.1:9"})
    async with serving(nobody_there):
        await discord.say("いる？", channel=DIRECT_ID)
        (sentence,) = await discord.answers(1, DIRECT_ID)
    assert sentence.startswith("ごめんなさい、いま頭が働いていません。") and "番号" in sentence


async def test_a_full_queue_and_a_broken_answer_are_asked_again(discord, worker, serving: Serving) -> None:
    worker.script = [Refuse(429), Refuse(503), Say("届いた？")]
    async with serving():
        await discord.say("いる？", channel=DIRECT_ID)
        assert await discord.answers(1, DIRECT_ID) == ["届いた？"]


async def test_half_an_answer_is_never_shown(discord, worker, serving: Serving) -> None:
    worker.script = [Say("これは途中で切れる答え", breaks=True)]
    async with serving():
        await discord.say("いる？", channel=DIRECT_ID)
        (sentence,) = await discord.answers(1, DIRECT_ID)
    assert sentence.startswith("ごめんなさい")


async def test_a_delivery_whose_confirmation_was_lost_is_not_doubled(discord: Discord, serving: Serving) -> None:
    discord.fail_next(f"/channels/{DIRECT_ID}/messages", LOST_ANSWER)
    async with serving():
        await discord.say("元気？", channel=DIRECT_ID)
        await discord.answers(1, DIRECT_ID)
        await discord.say("ほんとに？", channel=DIRECT_ID)
        assert len(await discord.answers(2, DIRECT_ID)) == 2


async def test_a_failing_discord_is_asked_again_until_it_takes_the_answer(discord: Discord, serving: Serving) -> None:
    discord.fail_next(f"/channels/{DIRECT_ID}/messages", 503, times=2)
    async with serving():
        await discord.say("元気？", channel=DIRECT_ID)
        assert await discord.answers(1, DIRECT_ID) == ["うん、元気だよ！"]


async def test_an_answer_discord_forbids_does_not_hold_up_the_next(discord: Discord, serving: Serving) -> None:
    discord.fail_next(f"/channels/{DIRECT_ID}/messages", 403)
    async with serving():
        await discord.say("元気？", channel=DIRECT_ID)
        await discord.until(lambda: not any(fault.times for fault in discord.faults))
        await discord.say("ほんとに？", channel=DIRECT_ID)
        assert len(await discord.answers(1, DIRECT_ID)) == 1
