"""Slash commands: shown from the one table, allowed by configured ids alone."""

import json

from bot.commands import JAPANESE_NAMES
from tests.bot.conftest import ADMIN
from tests.standins.discord import DIRECT_ID, HANA


async def _answer(discord, *command, author: str) -> str:
    already = len(discord.followups)
    await discord.use_command(*command, author=author)
    await discord.until(lambda: len(discord.followups) > already)
    return discord.followups[-1]["content"]


async def test_discord_is_told_the_commands(discord, serving) -> None:
    async with serving():
        names = {command["name"]: command for command in discord.commands}
    assert set(names) == set(JAPANESE_NAMES)
    assert all(names[name]["name_localizations"] == {"ja": JAPANESE_NAMES[name]} for name in names)
    assert [option["name"] for option in names["model"]["options"]] == ["list", "use", "rollback", "status"]


async def test_a_command_is_acknowledged_before_it_is_run_and_answered_to_the_asker_alone(discord, serving) -> None:
    async with serving():
        assert "/reset" in await _answer(discord, "help", author=HANA)
    assert discord.callbacks == [{"type": 5, "data": {"flags": 64}}]
    assert discord.followups[0]["flags"] == 64


async def test_an_administrator_swaps_lists_and_rolls_back(discord, worker, home, serving) -> None:
    async with serving():
        assert "▶ hanako" in await _answer(discord, "model", "list", author=ADMIN)
        swapped = await _answer(discord, "model", "use", ("name", "taro"), author=ADMIN)
        assert swapped == "「taro」に切り替えました（前は「hanako」）。"
        assert "現在：taro" in await _answer(discord, "model", "status", author=ADMIN)
        assert "「hanako」に切り替えました" in await _answer(discord, "model", "rollback", author=ADMIN)
        forced = ("model", "use", ("name", "taro"), ("force", True))
        await _answer(discord, *forced, author=ADMIN)
    assert worker.swaps[0] == {"checkpoint": "taro", "force": False, "who": f"discord:{ADMIN}"}
    assert worker.swaps[2]["force"] is True
    lines = [json.loads(line) for line in (home / "audit.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["what"] for line in lines] == ["model use taro", "model rollback", "model use taro force"]
    assert lines[0]["result"] == "hanako -> taro"


async def test_an_administrators_command_is_refused_for_others_and_recorded(discord, worker, home, serving) -> None:
    async with serving():
        refused = await _answer(discord, "model", "use", ("name", "taro"), author=HANA)
        assert refused == "このコマンドは管理者だけが使えます。"
    assert worker.swaps == []
    assert "refused" in (home / "audit.jsonl").read_text(encoding="utf-8")


async def test_people_can_ask_for_the_id_an_administrator_is_configured_by(discord, serving) -> None:
    async with serving():
        assert HANA in await _answer(discord, "whoami", author=HANA)


async def test_an_unknown_checkpoint_is_named(discord, serving) -> None:
    async with serving():
        answer = await _answer(discord, "model", "use", ("name", "../etc"), author=ADMIN)
    assert answer.startswith("「../etc」というチェックポイントはありません。")


async def test_reset_forgets_the_conversation_there(discord, worker, serving) -> None:
    async with serving():
        await discord.say("覚えてね", channel=DIRECT_ID)
        await discord.answers(1, DIRECT_ID)
        await discord.say("/reset", channel=DIRECT_ID)
        assert (await discord.answers(2, DIRECT_ID))[1] == "ここでの会話を忘れました。"
        await discord.say("覚えてる？", channel=DIRECT_ID)
        await discord.answers(3, DIRECT_ID)
    assert [message.role for message in worker.requests[-1].messages] == ["system", "user"]
