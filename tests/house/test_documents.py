"""Documents name only paths, commands, options, make words and settings that exist."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from bot.settings import Settings
from senpai import app
from tests.house.tree import ROOT, modules

DOCUMENTS = [ROOT / name for name in ("README.md", "README.ja.md", "CONTRIBUTING.md", "CHANGELOG.md")]
DOCUMENTS += sorted((ROOT / "docs").rglob("*.md"))
COMMAND = typer.main.get_command(app)
NOT_TRACKED = ("var/", ".venv", ".env")

_CODE = re.compile(r"```[a-z]*\n(.*?)```|`([^`\n]+)`", re.DOTALL)
_LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
_PATH = re.compile(r"(?<![\w<>/.:~-])(?:[\w.-]+/)+[\w.-]*(?![\w<>{*])")
_MAKE = re.compile(r"\bmake ([a-z]+)")
_SENPAI = re.compile(r"^\s*senpai ([^\n`]+)", re.MULTILINE)
_SETTING = re.compile(r"\b(?:DISCORD|LINE|SENPAI)_[A-Z_]+\b")


@pytest.fixture(params=DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def document(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


def test_every_path_in_a_document_exists(document: Path) -> None:
    tops = {path.name for path in ROOT.iterdir()}
    named = {
        path
        for code in _code(document)
        for path in _PATH.findall(code)
        if path.split("/")[0] in tops and not path.startswith(NOT_TRACKED)
    }
    assert not [path for path in named if not (ROOT / path).exists()]


def test_every_link_in_a_document_leads_somewhere(document: Path) -> None:
    links = _LINK.findall(document.read_text(encoding="utf-8"))
    assert not [link for link in links if not (document.parent / link).exists()]


def test_every_make_word_in_a_document_exists(document: Path) -> None:
    words = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert {word for code in _code(document) for word in _MAKE.findall(code)} <= words


def test_every_senpai_command_in_a_document_exists(document: Path) -> None:
    lines = [line for code in _code(document) for line in _SENPAI.findall(code.replace("\\\n", " "))]
    assert not [problem for line in lines for problem in _problems(line.split("#")[0].split())]


def test_every_setting_in_a_document_exists(document: Path) -> None:
    settings = {name.upper() for name in Settings.model_fields}
    assert set(_SETTING.findall(document.read_text(encoding="utf-8"))) <= settings


@pytest.mark.parametrize("name", ["README.md", "README.ja.md"])
def test_a_readme_begins_with_exactly_two_commands(name: str) -> None:
    first = re.search(r"```[a-z]*\n(.*?)```", (ROOT / name).read_text(encoding="utf-8"), re.DOTALL)
    assert first
    assert [line.split("#")[0].strip() for line in first[1].splitlines()] == ["make run", "make test"]


def test_every_document_the_code_names_exists() -> None:
    named = {
        name
        for module in modules()
        for name in re.findall(r"docs/[\w/.-]+\.md", module.path.read_text(encoding="utf-8"))
    }
    assert not [name for name in named if not (ROOT / name).exists()]


def _code(document: Path) -> list[str]:
    blocks = _CODE.findall(document.read_text(encoding="utf-8"))
    return [block or inline for block, inline in blocks]


def _problems(words: list[str]) -> Iterator[str]:
    """Follow the words down the command line and yield those it does not know."""
    command: Any = COMMAND
    for word in words:
        if hasattr(command, "commands") and re.fullmatch(r"[a-z]+", word):
            if word not in command.commands:
                yield f"senpai {' '.join(words)}: there is no {word}"
                return
            command = command.commands[word]
        elif word.strip("[]").startswith("--"):
            options = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
            if word.strip("[]").split("=")[0] not in options | {"--help"}:
                yield f"senpai {' '.join(words)}: there is no {word}"
