"""Slash commands: shown from the one table, allowed by configured ids alone."""

import json

from bot.commands import JAPANESE_NAMES
from bot.i18n import SENTENCES
from bot.service import COMMANDS_PER_MINUTE
from tests.bot.conftest import ADMIN, Serving
from tests.standins.discord import DIRECT_ID, HANA
from tests.standins.discord_payloads import EVERYTHING
from tests.standins.worker import Say


async def _answer(discord, *command, author: str) -> str:
    already = len(discord.followups)
    await discord.use_command(*command, author=author)
    await discord.until(lambda: len(discord.followups) > already)
    return discord.followups[-1]["content"]


async def test_discord_is_told_the_commands_with_japanese_names_and_only_when_they_have_changed(
    discord, home, serving
) -> None:
    async with serving():
        names = {command["name"]: command for command in discord.commands if command.get("type", 1) == 1}
    assert set(names) == set(JAPANESE_NAMES)
    assert all(names[name]["name_localizations"] == {"ja": JAPANESE_NAMES[name]} for name in names)
    assert names["reset"]["description"] == SENTENCES["help_reset"]["en"]
    assert names["reset"]["description_localizations"] == {"ja": SENTENCES["help_reset"]["ja"]}
    subcommands = [option["name"] for option in names["model"]["options"]]
    assert subcommands == ["list", "use", "rollback", "status", "compare"]
    (menu,) = [command for command in discord.commands if command.get("type") == 3]
    assert menu["name_localizations"] == {"ja": "先輩に聞く"}
    async with serving():
        pass
    assert discord.num_syncs == 1


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


async def test_the_right_to_manage_the_server_makes_nobody_an_administrator(discord, worker, serving) -> None:
    token = ""
    async with serving():
        token = await discord.use_command("model", "rollback", author=HANA)
        await discord.until(lambda: discord.followups)
    assert discord.asked[token].payload["member"]["permissions"] == EVERYTHING
    assert worker.swaps == [] and discord.followups[0]["content"] == "このコマンドは管理者だけが使えます。"


async def test_a_command_is_answered_in_the_language_of_whoever_used_it(discord, serving: Serving) -> None:
    async with serving():
        await discord.use_command("reset", locale="en-GB")
        await discord.until(lambda: len(discord.followups) == 1)
        await discord.use_command("reset", locale="ja")
        await discord.until(lambda: len(discord.followups) == 2)
    said = [followup["content"] for followup in discord.followups]
    assert said == ["I have forgotten the conversation here.", "ここでの会話を忘れました。"]


async def test_checkpoints_are_proposed_to_administrators_the_current_one_first(discord, serving: Serving) -> None:
    async with serving():
        assert (await discord.begin_typing_name("", ADMIN))[:2] == ["hanako", "base:mini"]
        assert await discord.begin_typing_name("ta", ADMIN) == ["taro"]
        assert await discord.begin_typing_name("", HANA) == []


async def test_two_checkpoints_are_asked_the_same_and_shown_side_by_side(discord, worker, serving: Serving) -> None:
    worker.script = [Say("山が好き。"), Say("海が好き。")]
    both = (("first", "hanako"), ("second", "taro"), ("question", "どこが好き？"))
    async with serving():
        answer = await _answer(discord, "model", "compare", *both, author=ADMIN)
    assert sorted(answer.split("\n\n")) == sorted(["【hanako】\n山が好き。", "【taro】\n海が好き。"])
    assert [request.model for request in worker.requests] == ["hanako", "taro"]
    assert worker.questions() == ["どこが好き？"] * 2


async def test_the_strength_an_administrator_sets_is_asked_for_from_then_on(discord, worker, serving: Serving) -> None:
    async with serving():
        assert await _answer(discord, "strength", ("number", 0.5), author=ADMIN) == "これから濃さ0.5で答えます。"
        await discord.say("元気？", channel=DIRECT_ID)
        await discord.answers(1, DIRECT_ID)
        assert "管理者だけ" in await _answer(discord, "strength", ("number", 1.5), author=HANA)
    assert worker.requests[-1].strength == 0.5


async def test_commands_have_a_cooldown_for_everyone_but_administrators(discord, serving: Serving) -> None:
    async with serving():
        for _ in range(COMMANDS_PER_MINUTE):
            await _answer(discord, "whoami", author=HANA)
        assert (await _answer(discord, "whoami", author=HANA)).startswith("少し急ぎすぎです。")
        assert ADMIN in await _answer(discord, "whoami", author=ADMIN)


async def test_a_command_that_fails_says_so_with_a_number(discord, settings, serving: Serving) -> None:
    nobody_there = settings.model_copy(update={"senpai_worker_url": "http://127.0.0.1:9"})
    async with serving(nobody_there):
        assert "番号" in await _answer(discord, "status", author=HANA)


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
