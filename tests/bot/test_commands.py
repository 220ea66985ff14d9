"""Commands as people type them."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.audit import Audit
from bot.commands import JAPANESE_NAMES, SIMPLE_NAMES, CommandCall, Commands, words_of
from bot.completions import Refused, UnknownCheckpoint, WorkerUnreachable
from bot.current import CurrentCheckpoint
from bot.erasure import Erasure
from bot.history import History
from bot.i18n import Sentences
from bot.inbox import Inbox
from bot.limits import Limits
from bot.message import Platform
from bot.pause import Pause
from bot.store import Store
from bot.strength import Strength
from model.protocol import Swapped
from tests.bot.fakes import FakeWorker, quiz_at
from tests.consents import write_consent


class Unwilling(FakeWorker):
    """Fails every swap."""

    async def use(self, checkpoint: str, *, who: str, force: bool) -> Swapped:
        """Fail as scripted."""
        assert isinstance(self.script[0], Exception)
        raise self.script[0]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """An empty database in a file."""
    store = await Store.open(f"sqlite+aiosqlite:///{tmp_path / 'senpai.db'}")
    yield store
    await store.close()


def _commands(
    home: Path, store: Store, worker: FakeWorker | None = None, *, learns_from: tuple[str, ...] = ()
) -> Commands:
    worker, current = worker or FakeWorker([""]), CurrentCheckpoint(home)
    return Commands(
        worker=worker,
        current=current,
        history=History(store),
        erasure=Erasure(store, Inbox(store, asyncio.Queue())),
        history_days=30,
        learns_from=learns_from,
        audit=Audit(home / "audit.jsonl"),
        pause=Pause(home / "paused"),
        quiz=quiz_at(home, worker, current),
        strength=Strength(home / "strength"),
        limits=Limits(1000),
        sentences=Sentences("ja"),
    )


def _call(text: str, *, is_admin: bool = True, is_direct: bool = True) -> CommandCall:
    return CommandCall(
        platform=Platform.LINE,
        conversation="line:c",
        author_id="U1",
        is_admin=is_admin,
        is_direct=is_direct,
        words=words_of(text),
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("/model use taro", ("model", "use", "taro")),
        ("／ＭＯＤＥＬ　ｌｉｓｔ", ("model", "list")),
        (" /help ", ("help",)),
        ("/forget-me", ("forget-me",)),
        ("／忘れて", ("forget-me",)),
        ("/モデル use taro", ("model", "use", "taro")),
        ("/ねえ", ()),
        ("元気？", ()),
        ("/usr/bin って何？", ()),
        ("/ って何？", ()),
        ("", ()),
    ],
)
def test_a_command_begins_with_a_slash_and_a_word(text: str, words: tuple[str, ...]) -> None:
    assert words_of(text) == words


async def test_help_shows_what_the_asker_may_use(home: Path, store: Store) -> None:
    assert "/model" in await _commands(home, store).run(_call("/help"))
    assert "/model" not in await _commands(home, store).run(_call("/help", is_admin=False))


async def test_an_unknown_command_is_answered(home: Path, store: Store) -> None:
    assert "/help" in await _commands(home, store).run(_call("/dance"))


async def test_whoami_tells_the_id_an_administrator_is_configured_by_and_only_in_private(home, store) -> None:
    assert "U1" in await _commands(home, store).run(_call("/whoami", is_admin=False))
    assert "U1" not in await _commands(home, store).run(_call("/whoami", is_direct=False))


async def test_status_names_the_persona_and_that_it_is_an_ai(home: Path, store: Store) -> None:
    assert (await _commands(home, store).run(_call("/status"))).startswith("花子（AI）が答えています。")


@pytest.mark.parametrize(
    ("text", "answer"),
    [("/quiz", "できませんでした："), ("/クイズ 1", "まだ問題を出していません"), ("/quiz 3", "使い方")],
)
async def test_a_quiz_without_a_riddle_says_what_to_do(home: Path, store: Store, text: str, answer: str) -> None:
    assert (await _commands(home, store).run(_call(text))).startswith(answer)


async def test_every_command_has_a_japanese_name_and_a_line_in_the_help(home: Path, store: Store) -> None:
    lines = (await _commands(home, store).run(_call("/ヘルプ"))).splitlines()[1:]
    assert [line.split()[0] for line in lines] == [f"/{name}" for name in (*SIMPLE_NAMES, "quiz", "model", "strength")]
    assert all(line.split()[1] == f"/{JAPANESE_NAMES[line.split()[0][1:]]}" for line in lines)


async def test_about_says_that_it_is_an_ai_of_whom_and_with_consent_until_when(home: Path, store: Store) -> None:
    assert (
        "花子さん本人ではなく、" in (about := await _commands(home, store).run(_call("/about")))
        and "2099-12-31" in about
    )
    (home / "checkpoints" / "hanako" / "consent.toml").unlink()
    assert "実在の人をまねてはいません" in await _commands(home, store).run(_call("/about"))


async def test_a_checkpoint_whose_consent_does_not_cover_the_place_is_not_used(home: Path, store: Store) -> None:
    write_consent(home / "checkpoints" / "hanako", platforms='"console"')
    refused = await _commands(home, store).run(_call("/model use hanako force"))
    assert refused.startswith("できませんでした") and "platforms" in refused
    assert "failed: platforms of the consent" in (home / "audit.jsonl").read_text(encoding="utf-8")


async def test_nobody_is_compared_whose_consent_does_not_cover_the_place(home: Path, store: Store) -> None:
    (home / "checkpoints" / "taro").mkdir()
    (home / "checkpoints" / "taro" / "persona.toml").write_text('name = "太郎"\n', encoding="utf-8")
    write_consent(home / "checkpoints" / "taro", platforms='"console"')
    worker = FakeWorker(["うん"])
    refused = await _commands(home, store, worker).run(_call("/model compare hanako taro 元気？"))
    assert refused.startswith("できませんでした") and "platforms" in refused
    assert worker.asked == []


async def test_no_riddle_is_asked_about_a_person_whose_consent_has_ended(home: Path, store: Store) -> None:
    write_consent(home / "checkpoints" / "hanako", until="2024-02-01")
    worker = FakeWorker(["うん"])
    assert (await _commands(home, store, worker).run(_call("/quiz"))).startswith("ごめんなさい、いまはお話しできません")
    assert worker.asked == []


async def test_the_audit_log_keeps_who_was_compared_and_not_what_was_asked(home: Path, store: Store) -> None:
    await _commands(home, store).run(_call("/model compare hanako taro 秘密の 話"))
    (entry,) = [json.loads(line) for line in (home / "audit.jsonl").read_text(encoding="utf-8").splitlines()]
    assert entry["what"] == "model compare hanako taro"


async def test_privacy_says_how_long_what_is_remembered(home: Path, store: Store) -> None:
    assert "30日" in await _commands(home, store).run(_call("/privacy"))


async def test_privacy_says_so_where_rated_answers_are_learnt_from(home: Path, store: Store) -> None:
    assert "学習には使いません" in await _commands(home, store).run(_call("/privacy"))
    assert "学習にも使います" in await _commands(home, store, learns_from=("line",)).run(_call("/privacy"))


@pytest.mark.parametrize("text", ["/model", "/model use", "/model use a b", "/model dance"])
async def test_a_command_used_wrongly_says_how_it_is_used(home: Path, store: Store, text: str) -> None:
    assert (await _commands(home, store).run(_call(text))).startswith("使い方")


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (UnknownCheckpoint("no"), "「taro」というチェックポイントはありません。"),
        (Refused("The gate of 'taro' failed: style."), "できませんでした：The gate of 'taro' failed: style."),
        (WorkerUnreachable("gone"), "ごめんなさい"),
    ],
)
async def test_a_swap_that_fails_says_why_and_is_recorded(home, store, error: Exception, sentence: str) -> None:
    commands = _commands(home, store, Unwilling([error]))
    assert (await commands.run(_call("/model use taro"))).startswith(sentence)
    (entry,) = [json.loads(line) for line in (home / "audit.jsonl").read_text(encoding="utf-8").splitlines()]
    assert entry["who"] == "line:U1" and entry["what"] == "model use taro" and "failed" in entry["result"]


async def test_the_audit_log_is_only_appended_to(home: Path, store: Store) -> None:
    await _commands(home, store).run(_call("/model use taro"))
    await _commands(home, store).run(_call("/model use taro", is_admin=False))
    lines = (home / "audit.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["result"] for line in lines] == ["hanako -> taro", "refused: not an administrator"]
