"""What is exported is what the operator allowed, and what may be."""

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.history import History
from bot.message import Platform
from bot.ratings import Ratings
from bot.store import Store
from senpai import app
from tests.bot.messages import answer, message


async def _rated(home: Path) -> None:
    store = await Store.open(f"sqlite+aiosqlite:///{home / 'senpai.db'}")
    for platform in Platform:
        asked = message(f"{platform}の質問", platform=platform, event_id=platform)
        async with store.transaction() as transaction:
            await History(store).add(transaction, asked, answer(f"{platform}の答え", system="常体で。"))
        await Ratings(store).rate(platform, asked.key, "U1", 1)
    await store.close()


@pytest.mark.parametrize(
    ("allowed", "platforms"), [("", []), ("line", ["line"]), ("line,console", ["line", "console"])]
)
async def test_only_answers_on_allowed_platforms_leave_the_database(
    allowed: str, platforms: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _rated(tmp_path)
    monkeypatch.setenv("SENPAI_HOME", str(tmp_path))
    monkeypatch.setenv("SENPAI_TRAIN_FROM_CHATS", allowed)
    out = tmp_path / "rated.jsonl"
    ended = await asyncio.to_thread(CliRunner().invoke, app, ["ratings", "--out", str(out), "--json"])
    assert ended.exit_code == 0, ended.output
    document = json.loads(ended.stdout)
    assert document == {
        "checkpoints": {"hanako": {"num_up": 3, "num_down": 0}},
        "platforms": platforms,
        "learnable": len(platforms),
    }
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert sorted(row["platform"] for row in rows) == sorted(platforms)
    for row in rows:
        assert row["messages"][-1] == {"role": "user", "content": f"{row['platform']}の質問"}
        assert (row["reply"], row["is_liked"]) == (f"{row['platform']}の答え", True)
