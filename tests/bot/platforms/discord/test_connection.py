"""Connections that break, tokens that are wrong: the bot comes back, or says in one sentence why it cannot."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from bot.message import Platform
from bot.platforms.base import DoorClosed, PieceLimits
from bot.service import Parts, attend, discord_door, open_parts
from tests.standins.discord import CHANNEL_ID, DIRECT_ID, LOST_ANSWER, RESET


@pytest.fixture
async def parts(settings, pace) -> AsyncIterator[Parts]:
    """What a bot is made of."""
    async with open_parts(settings, pace) as parts:
        yield parts


async def test_a_wrong_token_is_one_clear_sentence(settings, pace, parts) -> None:
    wrong = settings.model_copy(update={"discord_token": SecretStr("wrong")})
    with pytest.raises(DoorClosed, match="Discord refuses DISCORD_TOKEN: copy the bot's token anew"):
        await asyncio.wait_for(attend(parts, [discord_door(wrong, parts)], pace), 10)


async def test_a_token_the_gateway_refuses_is_one_clear_sentence(discord, settings, pace, parts) -> None:
    discord.refuses_token_at_gateway = True
    with pytest.raises(DoorClosed, match="no longer accepts DISCORD_TOKEN"):
        await asyncio.wait_for(attend(parts, [discord_door(settings, parts)], pace), 10)
    assert discord.identifies == 0


class OtherDoor:
    """A platform that has nothing to say, and stays open."""

    platform = Platform.LINE
    limits = PieceLimits(max_units=5000)

    def __init__(self) -> None:
        self.is_open = False
        self.num_opened = 0

    async def run(self) -> None:
        self.is_open = True
        self.num_opened += 1
        try:
            await asyncio.Event().wait()
        finally:
            self.is_open = False


async def test_a_wrong_token_is_said_once_and_leaves_the_other_door_open(settings, pace, parts, caplog) -> None:
    wrong, other = settings.model_copy(update={"discord_token": SecretStr("wrong")}), OtherDoor()
    task = asyncio.create_task(attend(parts, [discord_door(wrong, parts), other], pace))
    await asyncio.wait((task,), timeout=0.5)
    assert other.is_open
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert not other.is_open
    errors = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert len(errors) == 1 and errors[0].startswith("discord stays closed: Discord refuses DISCORD_TOKEN")


@pytest.mark.parametrize("code", [1000, 4000, 4009])
async def test_a_dropped_connection_is_resumed_and_what_was_missed_is_answered(discord, serving, code: int) -> None:
    async with serving():
        await discord.drop(code)
        await discord.say("聞こえてる？", channel=DIRECT_ID)
        assert await discord.answers(1, DIRECT_ID) == ["うん、元気だよ！"]
    assert discord.identifies == 1
    assert discord.resumes == 1


async def test_a_gateway_that_is_down_at_start_is_tried_again(discord, settings, serving) -> None:
    discord.fail_next("/gateway", 503, times=2)
    async with serving():
        await discord.say("起きてる？", channel=DIRECT_ID)
        assert await discord.answers(1, DIRECT_ID) == ["うん、元気だよ！"]


async def test_an_event_discord_py_cannot_parse_does_not_silence_the_bot(discord, serving) -> None:
    async with serving():
        await discord.dispatch("MESSAGE_CREATE", {"id": "1"})
        await discord.until(lambda: discord.identifies == 2)
        await discord.say("まだいる？", channel=DIRECT_ID)
        assert await discord.answers(1, DIRECT_ID) == ["うん、元気だよ！"]


async def test_what_was_said_while_the_bot_was_away_is_answered_once(discord, worker, serving) -> None:
    async with serving():
        await discord.say_to_bot("はじめまして", channel=CHANNEL_ID)
        await discord.say_to_bot("はじめまして", channel=DIRECT_ID)
        await discord.answers(1, CHANNEL_ID)
        await discord.answers(1, DIRECT_ID)
    await discord.say("ここだけの話", channel=CHANNEL_ID)
    await discord.say_to_bot("留守中の質問", channel=CHANNEL_ID)
    await discord.say_to_bot("留守中の相談", channel=DIRECT_ID)
    async with serving():
        await discord.answers(2, CHANNEL_ID)
        await discord.answers(2, DIRECT_ID)
    assert sorted(worker.questions()) == ["はじめまして", "はじめまして", "留守中の相談", "留守中の質問"]


@pytest.mark.parametrize("status", [503, RESET, LOST_ANSWER])
async def test_what_was_missed_is_looked_for_again_when_discord_has_a_bad_moment(
    discord, worker, serving, status: int
) -> None:
    async with serving():
        await discord.say_to_bot("はじめまして", channel=DIRECT_ID)
        await discord.answers(1, DIRECT_ID)
    await discord.say_to_bot("留守中の相談", channel=DIRECT_ID)
    discord.fail_next(f"/channels/{DIRECT_ID}/messages", status, times=1, method="GET")
    async with serving():
        await discord.answers(2, DIRECT_ID)
    assert worker.questions() == ["はじめまして", "留守中の相談"]


async def test_a_session_that_cannot_be_resumed_loses_nothing(discord, worker, serving) -> None:
    async with serving():
        await discord.say_to_bot("はじめまして", channel=DIRECT_ID)
        await discord.answers(1, DIRECT_ID)
        discord.refuses_resume = True
        await discord.drop(4000)
        await discord.say_to_bot("聞こえてる？", channel=DIRECT_ID)
        assert len(await discord.answers(2, DIRECT_ID)) == 2
    assert discord.identifies == 2
