"""The front door's promises: exit codes, one sentence for people, one JSON document for scripts, nobody left behind."""

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from model.shelf import Shelf
from tests.model.sealed import sealed
from tests.standins import worker as worker_standin
from tests.standins.worker import Say, Worker
from tests.train.small_data import write_data

CONSENT = """
person = "てつ"
contact = "tetsu@hoshikuzu.example"
given_at = 2026-04-01
until = 2099-12-31
basis = "架空の人物。"
sources = ["*"]
platforms = ["discord", "line", "console"]
"""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)


async def senpai(*arguments: str, home: Path, **environment: str) -> Ended:
    """Run a command to its end; nothing of this machine's own settings reaches it."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("SENPAI_", "DISCORD_", "LINE_"))}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "senpai", *arguments),
        env={**own, "SENPAI_HOME": str(home), "NO_PROXY": "127.0.0.1", **environment},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(90):
            out, err = await process.communicate()
    except TimeoutError:
        process.terminate()
        await process.communicate()
        raise
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())


@pytest.fixture
async def worker() -> AsyncIterator[Worker]:
    """A worker that says what the test tells it to."""
    async with worker_standin.running() as worker:
        yield worker


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with two checkpoints, of which tetsu is current."""
    home = tmp_path / "var"
    for name in ("tetsu", "yume"):
        folder = home / "checkpoints" / name
        folder.mkdir(parents=True)
        (folder / "consent.toml").write_text(CONSENT, encoding="utf-8")
        sealed(folder, name)
    Shelf(home).use("tetsu", who="test", force=False)
    return home


def assert_one_sentence(ended: Ended, words: str) -> None:
    """Exit code 1, a single line on stderr that says what is wrong, nothing on stdout."""
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith("senpai: ") and words in ended.err
    assert ended.err.count("\n") == 1


async def test_a_home_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    data, file = write_data(tmp_path / "data"), tmp_path / "file"
    file.touch()
    ended = await senpai("train", str(data), "--name", "tetsu", home=file)
    assert_one_sentence(ended, f"{file}/runs/tetsu: Not a directory. Check the path")


async def test_what_is_asked_wrongly_is_a_matter_of_usage(home: Path) -> None:
    for arguments in (("dance",), ("chat", "--max-tokens", "0"), ("consent", "show", "a", "b")):
        ended = await senpai(*arguments, home=home)
        assert (ended.code, ended.out) == (2, "")


async def test_every_answer_in_the_terminal_stands_in_one_json_document(home: Path, worker: Worker) -> None:
    worker.script = [Say("釣りだな！"), Say("先週も行った")]
    says = ("--say", "趣味は？", "--say", "最近は？")
    ended = await senpai("chat", *says, "--seed", "7", "--json", home=home, SENPAI_WORKER_URL=worker.url)
    assert ended.code == 0, ended.err
    assert ended.document["checkpoint"] == "tetsu"
    told = [(turn["role"], turn["text"]) for turn in ended.document["turns"]]
    assert told == [
        ("user", "趣味は？"),
        ("assistant", "釣りだな！"),
        ("user", "最近は？"),
        ("assistant", "先週も行った"),
    ]
    assert [len(request.messages) for request in worker.requests] == [2, 4]
    assert {request.seed for request in worker.requests} == {7}


async def test_an_unknown_checkpoint_is_named_in_one_sentence(home: Path) -> None:
    for command in ("show", "use", "verify", "remove"):
        assert_one_sentence(await senpai("checkpoints", command, "nobody", home=home), "nobody")


async def test_checkpoints_are_listed_shown_used_and_rolled_back(home: Path) -> None:
    used = await senpai("checkpoints", "use", "yume", "--json", home=home)
    assert (used.code, used.document) == (0, {"current": "yume", "previous": "tetsu"})
    rows = (await senpai("checkpoints", "list", "--json", home=home)).document
    assert {row["name"]: row["current"] for row in rows} == {"tetsu": False, "yume": True}
    assert (await senpai("checkpoints", "show", "yume", "--json", home=home)).document["name"] == "yume"
    back = await senpai("checkpoints", "rollback", "--json", home=home)
    assert (back.code, back.document) == (0, {"current": "tetsu", "previous": "yume"})


async def test_a_running_worker_is_asked_to_swap(home: Path, worker: Worker) -> None:
    ended = await senpai("checkpoints", "use", "taro", "--json", home=home, SENPAI_WORKER_URL=worker.url)
    assert (ended.code, ended.document) == (0, {"current": "taro", "previous": "hanako"})
    assert worker.swaps == [{"checkpoint": "taro", "force": False, "who": "cli"}]
    assert Shelf(home).current() == "tetsu"


async def test_consent_is_shown_and_its_absence_is_one_sentence(home: Path) -> None:
    shown = await senpai("consent", "show", "--json", home=home)
    assert shown.code == 0, shown.err
    assert (shown.document["person"], shown.document["until"]) == ("てつ", "2099-12-31")
    assert "platforms: discord, line, console" in (await senpai("consent", "show", home=home)).out
    (home / "checkpoints" / "tetsu" / "consent.toml").unlink()
    assert_one_sentence(await senpai("consent", "show", home=home), "consent.toml does not exist")


def test_no_command_waits_for_what_another_one_needs() -> None:
    heavy = "{'aiohttp', 'openai', 'sqlalchemy', 'fastapi', 'nicegui', 'torch', 'numpy'}"
    program = f"import sys, senpai; sys.exit(', '.join({heavy} & set(sys.modules)) or 0)"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")


async def test_nothing_is_served_without_consent(home: Path) -> None:
    (home / "checkpoints" / "tetsu" / "consent.toml").write_text(
        CONSENT.replace("2099-12-31", "2026-06-30"), encoding="utf-8"
    )
    for arguments in (("run",), ("worker",), ("chat", "--say", "元気？"), ("checkpoints", "use", "tetsu", "--force")):
        assert_one_sentence(await senpai(*arguments, home=home), "ended on 2026-06-30")


async def test_nobody_is_served_who_took_the_consent_back(home: Path) -> None:
    taken_back = {"at": "2098-01-01T00:00:00+00:00", "person": "てつ"}
    (home / "revoked.jsonl").write_text(json.dumps(taken_back) + "\n", encoding="utf-8")
    assert_one_sentence(await senpai("worker", "--checkpoint", "tetsu", home=home), "took the consent back")


async def test_a_revoked_consent_erases_unserves_and_is_written_down(home: Path, worker: Worker) -> None:
    ended = await senpai("consent", "revoke", "yume", "--yes", "--json", home=home, SENPAI_WORKER_URL=worker.url)
    assert ended.code == 0, ended.err
    assert (ended.document["person"], ended.document["checkpoints"]) == ("てつ", ["tetsu", "yume"])
    assert (ended.document["left"], Shelf(home).list(), Shelf(home).current()) == ([], [], None)
    (entry,) = (home / "audit.jsonl").read_text(encoding="utf-8").splitlines()
    assert '"what": "consent revoke てつ"' in entry
    again = await senpai("consent", "revoke", "てつ", "--yes", "--json", home=home)
    assert (again.code, again.document["left"]) == (0, [])
    assert_one_sentence(await senpai("consent", "revoke", "誰か", "--yes", home=home), "known are: nobody")


async def test_nothing_is_revoked_before_somebody_says_yes(home: Path) -> None:
    assert (await senpai("consent", "revoke", "yume", home=home)).code == 1
    assert Shelf(home).current() == "tetsu"


async def test_a_half_configured_line_is_one_sentence(home: Path) -> None:
    ended = await senpai("run", home=home, LINE_CHANNEL_SECRET="hidden-value")
    assert_one_sentence(ended, "LINE needs both LINE_CHANNEL_SECRET and LINE_CHANNEL_ACCESS_TOKEN")
    assert "hidden-value" not in ended.err


async def test_a_console_port_in_use_ends_the_run_and_leaves_nobody_behind(home: Path, worker: Worker) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = await senpai("run", home=home, SENPAI_WORKER_URL=worker.url, SENPAI_CONSOLE_PORT=port)
    assert_one_sentence(ended, f"Port {port} for the console is already in use")
    assert left_behind(home) == []


def left_behind(home: Path) -> list[int]:
    """Return the processes that were started for this home and still run."""
    return [process.pid for process in psutil.process_iter() if _environment(process).get("SENPAI_HOME") == str(home)]


def _environment(process: psutil.Process) -> dict[str, str]:
    try:
        return process.environ()
    except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
        return {}
