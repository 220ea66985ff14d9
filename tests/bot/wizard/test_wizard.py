"""`senpai init` writes .env: each token tried first, LINE's webhook set and tested, everything else left as it was."""

import asyncio
import os
import stat
import string
import subprocess
import sys
from pathlib import Path

import pytest

from bot.doctor.discord_checks import PERMISSIONS
from bot.settings import Settings
from bot.wizard.env_file import read_env, write_env
from bot.wizard.words import SENTENCES
from tests.standins import platform_apis
from tests.standins.platform_apis import BOT_ID, DISCORD_TOKEN, LINE_TOKEN, Apis

ROOT = Path(__file__).parents[3]


@pytest.fixture
async def apis():
    async with platform_apis.running() as apis:
        yield apis


async def init(folder: Path, apis: Apis, *flags: str, said: str = "") -> tuple[int, str]:
    """Run the command in ``folder``; returns exit code and what it told."""
    env = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "NO_PROXY": "127.0.0.1",
        "SENPAI_LOCALE": "en",
        "DISCORD_API_URL": apis.url,
        "LINE_API_URL": apis.url,
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "senpai", "init", *flags),
        cwd=folder,
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    out, _ = await process.communicate(said.encode())
    return process.returncode or 0, out.decode()


async def test_flags_alone_write_a_private_file_and_show_the_invitation(tmp_path: Path, apis: Apis) -> None:
    flags = ("--discord-token", DISCORD_TOKEN, "--discord-admin-ids", "7,8", "--line-token", LINE_TOKEN)
    webhook = "https://senpai.example/line/webhook"
    code, told = await init(tmp_path, apis, *flags, "--line-secret", "s3cret", "--line-webhook", webhook)
    assert code == 0, told
    assert f"client_id={BOT_ID}" in told
    assert f"permissions={PERMISSIONS}" in told
    assert "LINE reached the webhook." in told
    assert apis.webhook == webhook
    written = Settings(_env_file=tmp_path / ".env")
    assert written.discord_token
    assert written.discord_token.get_secret_value() == DISCORD_TOKEN
    assert (written.discord_admin_ids, written.line_channel_secret) == (("7", "8"), ("s3cret",))
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
    assert DISCORD_TOKEN not in told


async def test_answers_come_from_stdin_and_a_refused_token_is_asked_for_again(tmp_path: Path, apis: Apis) -> None:
    code, told = await init(tmp_path, apis, said=f"wrong\n{DISCORD_TOKEN}\n7\n\n")
    assert code == 0, told
    assert "Discord refuses the token." in told
    assert read_env(tmp_path / ".env") == {"DISCORD_TOKEN": DISCORD_TOKEN, "DISCORD_ADMIN_IDS": "7"}


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (("--discord-token", "wrong"), "Press Reset Token"),
        (("--line-token", "wrong", "--line-secret", "s"), "Issue a new long-lived token"),
        (("--line-token", LINE_TOKEN), "LINE needs both"),
    ],
)
async def test_what_does_not_stand_the_test_is_not_written(
    tmp_path: Path, apis: Apis, flags: tuple[str, ...], told: str
) -> None:
    code, said = await init(tmp_path, apis, *flags)
    assert (code, told in said) == (1, True), said
    assert not (tmp_path / ".env").exists()


async def test_a_webhook_line_cannot_reach_is_told_and_the_tokens_are_kept(tmp_path: Path, apis: Apis) -> None:
    apis.test = {"success": False, "statusCode": 0, "reason": "COULD_NOT_CONNECT"}
    flags = ("--line-token", LINE_TOKEN, "--line-secret", "s", "--line-webhook", "https://senpai.example/line/webhook")
    code, said = await init(tmp_path, apis, *flags)
    assert code == 1
    assert "LINE_PORT" in said
    assert read_env(tmp_path / ".env")["LINE_CHANNEL_ACCESS_TOKEN"] == LINE_TOKEN


async def test_without_questions_and_flags_nothing_changes(tmp_path: Path, apis: Apis) -> None:
    code, _ = await init(tmp_path, apis, "--yes")
    assert code == 0
    assert apis.calls == []
    assert not (tmp_path / ".env").exists()


def test_every_other_line_of_the_file_stays(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("# my own note\nSENPAI_HOME=/srv/senpai\nDISCORD_TOKEN=old\n# LINE_PORT=8642\n", encoding="utf-8")
    write_env(path, {"DISCORD_TOKEN": "new", "LINE_PORT": "9000", "SENPAI_CALL_NAMES": "花子 さん,it's"})
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[:4] == ["# my own note", "SENPAI_HOME=/srv/senpai", "DISCORD_TOKEN=new", "LINE_PORT=9000"]
    assert read_env(path)["SENPAI_CALL_NAMES"] == "花子 さん,it's"


def test_a_fresh_file_names_every_setting(tmp_path: Path) -> None:
    write_env(tmp_path / ".env", {"SENPAI_LOCALE": "en"})
    text = (tmp_path / ".env").read_text(encoding="utf-8")
    assert all(name.upper() in text for name in Settings.model_fields)


def test_every_question_exists_in_both_languages_with_the_same_values() -> None:
    names = [
        [{n for _, n, _, _ in string.Formatter().parse(text) if n} for text in pair] for pair in SENTENCES.values()
    ]
    assert all(japanese == english for japanese, english in names)
