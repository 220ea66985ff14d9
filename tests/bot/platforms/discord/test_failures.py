"""Every way in which Discord, its network and the worker fail, and what people are promised then."""

import asyncio
import socket

import pytest

from bot.platforms.base import DoorClosed
from bot.platforms.discord.draft import Tempo
from bot.service import attend, discord_door, open_parts
from tests.bot.conftest import ADMIN, QUICK, WHOLE, Serving
from tests.bot.platforms.discord.test_connection import OtherDoor
from tests.standins.discord import CHANNEL_ID, DIRECT_ID, LOST_ANSWER, RESET, Discord
from tests.standins.worker import Refuse, Say, Worker

ANSWER = "うん、元気だよ！"


async def _drop(discord: Discord) -> None:
    await discord.drop(4009)


async def _reset(discord: Discord) -> None:
    await discord.reset()


async def _reconnect(discord: Discord) -> None:
    await discord.ask_to_reconnect()


async def _invalid_but_resumable(discord: Discord) -> None:
    await discord.invalidate(can_resume=True)


async def _invalid(discord: Discord) -> None:
    await discord.invalidate(can_resume=False)


async def _refused(discord: Discord) -> None:
    discord.refuses_resume = True
    await discord.drop(4000)


async def _zombie(discord: Discord) -> None:
    """Let the gateway stop answering heartbeats: the library finds out and comes back by itself."""
    discord.is_zombie = True
    await discord.until(lambda: discord.resumes == 1)


@pytest.mark.parametrize(
    ("breaks", "is_resumed"),
    [
        (_drop, True),
        (_reset, True),
        (_reconnect, True),
        (_invalid_but_resumable, True),
        (_invalid, False),
        (_refused, False),
        (_zombie, True),
    ],
)
async def test_a_gateway_that_breaks_is_come_back_to_and_every_message_is_answered_exactly_once(
    discord: Discord, worker: Worker, serving: Serving, breaks, is_resumed: bool
) -> None:
    is_impatient = breaks is _zombie
    discord.heartbeat_interval_ms = 150 if is_impatient else 41250
    async with serving(heartbeat_timeout_s=0.6 if is_impatient else 60):
        await discord.say("ひとつめ", channel=DIRECT_ID)
        await discord.answers(1, DIRECT_ID)
        await breaks(discord)
        await discord.say("ふたつめ", channel=DIRECT_ID)
        await discord.answers(2, DIRECT_ID)
        await discord.say("みっつめ", channel=DIRECT_ID)
        assert await discord.answers(3, DIRECT_ID) == [ANSWER] * 3
        await discord.until(lambda: discord.resumes + discord.identifies >= 2)
    assert worker.questions() == ["ひとつめ", "ふたつめ", "みっつめ"]
    assert discord.identifies == (1 if is_resumed else 2)


async def test_a_gateway_that_is_not_there_at_start_is_tried_again_and_the_other_platform_does_not_notice(
    discord: Discord, settings, pace
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    elsewhere = settings.model_copy(update={"discord_gateway_url": f"ws://127.0.0.1:{port}/gateway"})
    async with open_parts(elsewhere, pace) as parts:
        other = OtherDoor()
        task = asyncio.create_task(attend(parts, [discord_door(elsewhere, parts, tempo=QUICK), other], pace))
        await asyncio.sleep(0.4)
        assert other.num_opened == 1 and not task.done() and discord.identifies == 0
        await discord.listen_also_on(port)
        await discord.until(lambda: discord.identifies == 1)
        await discord.say("起きた？", channel=DIRECT_ID)
        assert await discord.answers(1, DIRECT_ID) == [ANSWER]
        assert other.num_opened == 1
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_an_event_the_library_cannot_read_restarts_discord_alone(discord: Discord, settings, pace) -> None:
    async with open_parts(settings, pace) as parts:
        other = OtherDoor()
        task = asyncio.create_task(attend(parts, [discord_door(settings, parts, tempo=QUICK), other], pace))
        await discord.until(lambda: discord.identifies == 1)
        await discord.dispatch("MESSAGE_CREATE", {"id": "1"})
        await discord.until(lambda: discord.identifies == 2)
        assert other.num_opened == 1
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_an_intent_discord_does_not_grant_is_one_clear_sentence_and_not_tried_again(
    discord: Discord, settings, pace
) -> None:
    greedy = settings.model_copy(update={"discord_message_content": True})
    async with open_parts(greedy, pace) as parts:
        with pytest.raises(DoorClosed, match="switch it on in the developer portal, or unset DISCORD_MESSAGE_CONTENT"):
            await asyncio.wait_for(attend(parts, [discord_door(greedy, parts)], pace), 10)
        await asyncio.sleep(0.3)
    assert discord.identifies == 0 and discord.num_refused == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 429, "scope": "user"},
        {"status": 429, "scope": "shared"},
        {"status": 429, "scope": "global"},
        {"status": 429, "has_via": False},
        {"status": 429, "retry_after": 120.0},
        {"status": 500},
        {"status": 502},
        {"status": 503, "times": 3},
        {"status": RESET},
        {"status": LOST_ANSWER},
    ],
    ids=str,
)
async def test_what_discord_takes_only_at_the_second_try_arrives_once_under_one_nonce(
    discord: Discord, serving: Serving, fault
) -> None:
    discord.fail_next(f"/channels/{DIRECT_ID}/messages", method="POST", **fault)
    async with serving():
        await discord.say("元気？", channel=DIRECT_ID)
        assert await discord.answers(1, DIRECT_ID) == [ANSWER]
        await discord.say("ほんとに？", channel=DIRECT_ID)
        assert await discord.answers(2, DIRECT_ID) == [ANSWER] * 2
    assert len(set(discord.nonces)) == 2 and len(discord.nonces) <= 2 + fault.get("times", 1)


@pytest.mark.parametrize("is_slow", [False, True])
@pytest.mark.parametrize("refusal", [(403, 50013), (403, 50001), (403, 50007), (403, 50278), (404, 10003)], ids=str)
async def test_an_answer_discord_will_never_take_is_dropped_and_logged_and_holds_up_nobody(
    discord: Discord, worker: Worker, serving: Serving, caplog, refusal, is_slow: bool
) -> None:
    status, code = refusal
    worker.script = [Say("とても。長い。話。です。よ。", pause_s=0.25 if is_slow else 0), Say("次の答え。")]
    discord.fail_next(f"/channels/{DIRECT_ID}/messages", status, code=code, method="POST")
    async with serving(tempo=QUICK if is_slow else WHOLE):
        await discord.say("元気？", channel=DIRECT_ID)
        await discord.until(lambda: not any(fault.times for fault in discord.faults))
        await discord.say("ほんとに？", channel=DIRECT_ID)
        assert await discord.answers(1, DIRECT_ID) == ["次の答え。"]
    assert worker.num_cancelled == int(is_slow)
    assert any("refused" in record.getMessage() for record in caplog.records if record.levelname == "WARNING")


async def test_typing_is_shown_for_as_long_as_a_slow_answer_takes(discord, worker, serving: Serving) -> None:
    worker.script = [Say("できた。", after_s=1)]
    async with serving(tempo=Tempo(typing_s=0.2)):
        await discord.say("書いて", channel=DIRECT_ID)
        await discord.answers(1, DIRECT_ID)
        num_shown = len(discord.typing)
        await asyncio.sleep(0.5)
    assert 3 <= num_shown <= 6 and len(discord.typing) <= num_shown + 1


@pytest.mark.parametrize("step", [Refuse(429), Refuse(503), Refuse(500)], ids=["full", "loading", "broken"])
async def test_a_worker_that_cannot_answer_is_apologised_for_with_a_number(discord, worker, serving, step) -> None:
    worker.script = [step]
    async with serving():
        await discord.say("いる？", channel=DIRECT_ID)
        (sentence,) = await discord.answers(1, DIRECT_ID)
    assert "番号" in sentence and not discord.from_bot(DIRECT_ID)[0]["components"]


async def test_a_swap_leaves_an_answer_that_is_being_said_to_the_checkpoint_that_began_it(
    discord: Discord, worker: Worker, home, serving: Serving
) -> None:
    worker.script = [Say("花子の。長い。答え。", pause_s=0.3), Say("太郎の答え。")]
    async with serving():
        await discord.say_to_bot("ひとつめ", CHANNEL_ID)
        await worker.until_asked(1)
        await discord.use_command("model", "use", ("name", "taro"), author=ADMIN)
        await discord.until(lambda: discord.followups)
        (home / "checkpoints" / "current").write_text("taro\n", encoding="utf-8")
        await discord.say_to_bot("ふたつめ", CHANNEL_ID)
        await discord.until_says("太郎の答え。", CHANNEL_ID)
    assert [message["content"] for message in discord.from_bot()] == ["花子の。長い。答え。", "太郎の答え。"]
    assert [request.model for request in worker.requests] == ["hanako", "taro"]


async def test_shards_share_the_work_and_nothing_is_answered_twice(discord, worker, settings, serving) -> None:
    discord.shards = 2
    sharded = settings.model_copy(update={"discord_shards": 0})
    async with serving(sharded):
        await discord.until(lambda: discord.identifies == 2)
        await discord.say_to_bot("チャンネルで", CHANNEL_ID)
        await discord.say("じかに", channel=DIRECT_ID)
        assert await discord.answers(1, CHANNEL_ID) == [ANSWER]
        assert await discord.answers(1, DIRECT_ID) == [ANSWER]
    assert sorted(worker.questions()) == ["じかに", "チャンネルで"]
