"""That an AI speaks is always in sight on Discord."""

import pytest

from tests.bot.conftest import Serving
from tests.standins import discord_payloads
from tests.standins.discord import BOT_ID, CHANNEL_ID, DIRECT_ID, Discord
from tests.standins.worker import Say

ANSWER = "うん、元気だよ！"


async def test_on_a_server_the_bot_wears_the_personas_name_with_the_badge_and_again_after_a_swap(
    discord: Discord, home, serving: Serving
) -> None:
    async with serving():
        await discord.say_to_bot("元気？", CHANNEL_ID)
        assert await discord.answers(1) == [ANSWER]
        await discord.until(lambda: discord.nick == "花子（AI）")
        persona = home / "checkpoints" / "hanako" / "persona.toml"
        persona.write_text('name = "とても長い名前の先輩とても長い名前の先輩とても長い名前の先輩"\n', encoding="utf-8")
        await discord.say_to_bot("元気？", CHANNEL_ID)
        await discord.until(lambda: discord.nick != "花子（AI）")
    assert discord.nick is not None and discord.nick.endswith("（AI）") and len(discord.nick) == 32


async def test_where_it_may_not_change_its_name_each_answer_says_so(discord, worker, monkeypatch, serving) -> None:
    monkeypatch.setitem(discord_payloads.NAMES, BOT_ID, "senpai")
    worker.script = [Say("".join(f"{number}番目の文はこんなふうに終わる。" for number in range(150))), Say("うん。")]
    discord.fail_next("/members/@me", 403)
    async with serving():
        await discord.say_to_bot("話して", CHANNEL_ID)
        await discord.until(lambda: any(m["content"].endswith("\n-# 花子（AI）") for m in discord.from_bot()))
        num_pieces = len(discord.from_bot())
        await discord.say_to_bot("元気？", CHANNEL_ID)
        await discord.until_says("うん。\n-# 花子（AI）")
    assert all("（AI）" not in message["content"] for message in discord.from_bot()[: num_pieces - 1])
    assert all(len(message["content"]) <= 2000 for message in discord.from_bot())


@pytest.mark.parametrize(
    ("name", "line"), [("senpai", "\n-# 花子（AI）"), ("KAIto", "\n-# 花子（AI）"), ("花子 AI", "")]
)
async def test_in_a_direct_chat_each_answer_says_so_unless_the_bots_name_does(
    discord: Discord, monkeypatch, serving: Serving, name: str, line: str
) -> None:
    monkeypatch.setitem(discord_payloads.NAMES, BOT_ID, name)
    async with serving():
        await discord.say("元気？", channel=DIRECT_ID)
        await discord.until_says(ANSWER + line, DIRECT_ID)
        await discord.until(lambda: discord.from_bot(DIRECT_ID)[0]["components"])
        assert await discord.answers(1, DIRECT_ID) == [ANSWER + line]
