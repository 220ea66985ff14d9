"""Settings are read once, every problem is named at once, and no secret is ever shown."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.settings import Settings, SettingsError, env_example, read_settings


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_every_wrong_setting_is_named_and_no_value_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINE_PUSH_BUDGET", "hidden-value")
    monkeypatch.setenv("SENPAI_LOCALE", "hidden-value")
    with pytest.raises(SettingsError) as failure:
        read_settings()
    assert "LINE_PUSH_BUDGET" in str(failure.value)
    assert "SENPAI_LOCALE" in str(failure.value)
    assert "hidden-value" not in str(failure.value)


@pytest.mark.parametrize("name", ["LINE_CHANNEL_SECRET", "LINE_CHANNEL_ACCESS_TOKEN"])
def test_a_missing_half_of_lines_tokens_is_told_instead_of_leaving_line_off(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "hidden-value")
    with pytest.raises(SettingsError, match="LINE needs both LINE_CHANNEL_SECRET and LINE_CHANNEL_ACCESS_TOKEN"):
        read_settings()


def test_secrets_do_not_print(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISCORD_TOKEN", "LINE_CHANNEL_SECRET", "LINE_CHANNEL_ACCESS_TOKEN", "SENPAI_WORKER_KEY"):
        monkeypatch.setenv(name, "hidden-value")
    assert "hidden-value" not in repr(read_settings())


def test_lists_are_written_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_ADMIN_IDS", "1, 2,")
    assert read_settings().discord_admin_ids == ("1", "2")


def test_the_example_file_shows_every_setting_and_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(env_example(), encoding="utf-8")
    assert read_settings() == Settings(_env_file=None)
    assert all(f"# {name.upper()}=" in env_example() for name in Settings.model_fields)


def test_learning_from_discord_cannot_be_allowed() -> None:
    assert Settings(_env_file=None, senpai_train_from_chats="line, console").senpai_train_from_chats == (
        "line",
        "console",
    )
    with pytest.raises(ValidationError, match="not discord; Discord's policy forbids training"):
        Settings(_env_file=None, senpai_train_from_chats="line,discord")
