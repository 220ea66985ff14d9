"""Every command a document shows is real: it parses, and it runs, or is listed here with the reason why not.

The run itself takes minutes (it tunes a checkpoint), so it is a slow test; that every command parses is a quick one.
"""

import os
import re
import shlex
import shutil
import socket
import stat
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import typer.main

from senpai import app
from tests.house.tree import ROOT

TUTORIAL = "docs/tutorial.md"
DOCUMENTS = (
    "README.md",
    "README.ja.md",
    "CONTRIBUTING.md",
    *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md")),
)
NOT_RUN = {
    "make ": "installs, or runs the tests that this test is one of; CI runs make check",
    "source ": "enters the environment this test already runs in",
    "senpai train var/data/senpai --name senpai-2 --base rinna": "needs weights from a hub",
    "senpai train var/data/senpai --name senpai-3 --base elyza": "needs weights from a hub, and a GPU",
    "python -m pytest ": "runs tests, as this is one",
    "python -m tests.first_answer": "needs the home that make pictures fills",
    "useradd ": "changes the machine",
    "cd /opt/senpai-bot ": "a place on the server",
    "install ": "changes the machine",
    "cp docs/deploy/": "changes the machine",
    "systemctl ": "changes the machine",
    "journalctl ": "needs systemd",
    "docker ": "needs docker",
}
FILLED_IN = {"先輩の名前": "蒼井", "NAME": "senpai-1", "--recipe FILE": "--recipe recipe.toml"}
"""What a reader puts in."""
SHORTENED = {
    "senpai bench train": " --seeds 1 --lora-seeds 0 --rounds 1",
    "senpai bench ": " --quick --shape mini",
    "senpai train": " --steps 2",
    "senpai checkpoints use": " --force",
}
"""What is added to a line that begins so: trainings and measurements are short here. The tutorial runs as it stands."""


def shown(document: str) -> list[str]:
    """Return the lines of the shell blocks of a document, without comments."""
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / document).read_text(encoding="utf-8"), re.DOTALL)
    lines = (line for block in blocks for line in block.replace("\\\n", " ").splitlines())
    texts = (re.sub(r"\s+# .*$", "", line).strip().removeprefix("OMP_NUM_THREADS=1 ") for line in lines)
    return [text for text in texts if text]


def reason_not_to_run(line: str) -> str | None:
    return next((reason for prefix, reason in NOT_RUN.items() if line.startswith(prefix)), None)


def test_every_reason_not_to_run_a_command_is_still_needed() -> None:
    lines = [line for document in DOCUMENTS for line in shown(document)]
    assert not [prefix for prefix in NOT_RUN if not any(line.startswith(prefix) for line in lines)]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_senpai_command_in_a_document_parses_with_the_real_command_line(document: str) -> None:
    for line in shown(document):
        for part in re.split(r"\s*(?:\|\||&&)\s*", line):
            if part.startswith("senpai "):
                _parse(shlex.split(part)[1:])


def _parse(words: list[str]) -> None:
    """Follow the words to their command and let it parse the rest. Raises click's UsageError."""
    command: click.Command = typer.main.get_command(app)
    while isinstance(command, click.Group) and words:
        command, words = command.commands[words[0]], words[1:]
    with command.make_context(command.name, words):
        pass


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """An evening's folder: the examples, `python` and `senpai` on the PATH, and the files a reader would bring."""
    desk = tmp_path / "evening"
    desk.mkdir()
    shutil.copytree(ROOT / "examples", desk / "examples")
    example = desk / "examples" / "senpai"
    shutil.make_archive(str(desk / "twitter-archive"), "zip", example / "archive")
    shutil.copy(next((example / "talks").glob("*.vtt")), desk / "interview.vtt")
    shutil.copy(example / "consent.toml", desk / "consent.toml")
    shutil.copy(ROOT / "train" / "recipes" / "mini.toml", desk / "recipe.toml")
    (desk / "bin").mkdir()
    for name, module in (("python", ""), ("senpai", "-m senpai")):
        command = desk / "bin" / name
        command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {module} "$@"\n', encoding="utf-8")
        command.chmod(command.stat().st_mode | stat.S_IXUSR)
    return desk


def _environment(desk: Path, **more: str) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith(("SENPAI_", "DISCORD_", "LINE_"))}
    return {**own, "PATH": f"{desk / 'bin'}:{own['PATH']}", "PYTHONPATH": str(ROOT), "NO_PROXY": "127.0.0.1", **more}


def _run(desk: Path, line: str, **more: str) -> None:
    done = subprocess.run(
        ["bash", "-c", line], cwd=desk, env=_environment(desk, **more), capture_output=True, text=True, check=False
    )
    only_failed_its_gate = line.startswith("senpai train") and "failed its gate" in done.stderr
    assert done.returncode == 0 or only_failed_its_gate, f"{line}\n{done.stdout}\n{done.stderr}"


def _lines(document: str) -> Iterator[str]:
    for line in shown(document):
        if reason_not_to_run(line) is None:
            for name, value in FILLED_IN.items():
                line = line.replace(name, value)  # noqa: PLW2901
            yield line


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_the_tutorial_runs_as_it_stands_and_then_every_other_document(desk: Path) -> None:
    for line in _lines(TUTORIAL):
        if line == "senpai run":
            _serve_until_the_console_answers(desk, line)
        else:
            _run(desk, line)
    done: set[str] = set()
    for line in (line for document in DOCUMENTS if document != TUTORIAL for line in _lines(document)):
        short = line + next((more for start, more in SHORTENED.items() if line.startswith(start)), "")
        if short not in done:
            done.add(short)
            home = "elsewhere" if line.startswith("senpai checkpoints import") else "var"
            _run(desk, short, SENPAI_HOME=home)


def _serve_until_the_console_answers(desk: Path, line: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    words, env = shlex.split(line), _environment(desk, SENPAI_CONSOLE_PORT=str(port))
    with (desk / "run.log").open("wb") as log:
        process = subprocess.Popen(words, cwd=desk, env=env, stdout=log, stderr=log)
        try:
            assert _answers(f"http://127.0.0.1:{port}/", time.monotonic() + 90), (desk / "run.log").read_text()
        finally:
            process.terminate()
            assert process.wait(60) == 0


def _answers(url: str, deadline: float) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while time.monotonic() < deadline:
        try:
            with opener.open(url, timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            time.sleep(0.5)
    return False
