"""The console runs `senpai` commands as processes of their own: heard while they run, stopped, their errors told."""

from pathlib import Path

import pytest

from bot.platforms.console.senpai_command import CommandFailed, LongCommand, senpai


async def test_what_a_command_says_is_heard_and_how_it_ended_is_known(tmp_path: Path) -> None:
    command = LongCommand(tmp_path)
    await command.start("a look", "data", "show", str(tmp_path / "nothing"))
    with pytest.raises(CommandFailed, match="a look is still running"):
        await command.start("another", "data", "show", str(tmp_path))
    assert await command.ended() == 1
    assert not command.is_running
    assert "nothing" in " ".join(command.told)


async def test_a_command_is_stopped_and_another_may_follow(tmp_path: Path) -> None:
    command = LongCommand(tmp_path)
    await command.start("a talk", "worker", "--port", "0")
    assert command.is_running
    await command.stop()
    assert not command.is_running
    await command.stop()
    await command.start("a look", "data", "show", str(tmp_path))
    await command.ended()


async def test_the_document_of_a_command_is_returned_and_its_error_is_raised(tmp_path: Path) -> None:
    assert await senpai(tmp_path, "checkpoints", "list") == []
    with pytest.raises(CommandFailed, match="nobody"):
        await senpai(tmp_path, "checkpoints", "show", "nobody")
