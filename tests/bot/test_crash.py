"""The bot process is killed at the worst moments: what was accepted is answered, and nothing is answered twice."""

import asyncio
import os
import random
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.settings import Settings
from tests.standins.discord import CHANNEL_ID, DIRECT_ID, LOST_ANSWER, TOKEN, Discord
from tests.standins.worker import Say

BOT = """
import asyncio
from bot.service import Pace, attend, discord_door, open_parts
from bot.settings import Settings

async def main():
    settings = Settings(_env_file=None)
    async with open_parts(settings, Pace()) as parts:
        door = discord_door(settings, parts)
        await attend(parts, [door], Pace())

asyncio.run(main())
"""


@asynccontextmanager
async def bot_process(settings: Settings, discord: Discord) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the bot in a process of its own while inside, and kill it without a warning."""
    names = ("discord_admin_ids", "discord_api_url", "discord_gateway_url", "senpai_worker_url", "senpai_home")
    names += ("senpai_messages_per_minute", "senpai_conversation_per_minute", "senpai_waiting_per_author")
    given = {name.upper(): getattr(settings, name) for name in names}
    environment = {name: ",".join(value) if isinstance(value, tuple) else str(value) for name, value in given.items()}
    already = discord.identifies
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", BOT, env={**os.environ, **environment, "DISCORD_TOKEN": TOKEN}
    )
    try:
        await discord.until(lambda: discord.identifies > already, timeout_s=60)
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_a_message_accepted_before_a_kill_is_answered_once_after_the_restart(discord, worker, settings) -> None:
    worker.script = [Say("間に合わない", after_s=30), Say("おまたせ")]
    async with bot_process(settings, discord):
        await discord.say("いる？", channel=DIRECT_ID)
        await worker.until_asked(1)
    assert discord.from_bot(DIRECT_ID) == []
    async with bot_process(settings, discord):
        assert await discord.answers(1, DIRECT_ID) == ["おまたせ"]
        await discord.say("また明日", channel=DIRECT_ID)
        assert await discord.answers(2, DIRECT_ID) == ["おまたせ", "おまたせ"]
    assert worker.questions() == ["いる？", "いる？", "また明日"]


async def test_an_answer_delivered_but_not_confirmed_before_a_kill_is_not_doubled(discord, worker, settings) -> None:
    discord.fail_next(f"/channels/{DIRECT_ID}/messages", LOST_ANSWER)
    async with bot_process(settings, discord) as process:
        await discord.say("いる？", channel=DIRECT_ID)
        await discord.answers(1, DIRECT_ID)
        process.kill()
    discord.forget_nonces()
    async with bot_process(settings, discord):
        await discord.say("また明日", channel=DIRECT_ID)
        assert len(await discord.answers(2, DIRECT_ID)) == 2
    assert worker.questions() == ["いる？", "また明日"]


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_kills_at_random_moments_lose_nothing_double_nothing_and_keep_the_order(
    discord, worker, settings
) -> None:
    dice, asked = random.Random(20), {CHANNEL_ID: [], DIRECT_ID: []}
    worker.echoes = True
    worker.script = [Say("", after_s=0.02)]
    async with bot_process(settings, discord):
        for channel, questions in asked.items():
            questions.append("はじめまして")
            await discord.say_to_bot("はじめまして", channel=channel)
            await discord.answers(1, channel)
    for life in range(20):
        async with bot_process(settings, discord):
            for number in range(5):
                channel = dice.choice((CHANNEL_ID, DIRECT_ID))
                asked[channel].append(f"{life}-{number}")
                await discord.say_to_bot(asked[channel][-1], channel=channel)
            await asyncio.sleep(dice.uniform(0, 0.3))
    async with bot_process(settings, discord):
        for channel, questions in asked.items():
            await discord.until_reads(questions, channel, timeout_s=120)
        await asyncio.sleep(0.5)
    assert {channel: len(discord.from_bot(channel)) for channel in asked} == {c: len(q) for c, q in asked.items()}
