"""The file people copy and the class that is read say the same."""

import tomllib

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bot.settings import Settings, env_example
from tests.house.tree import ROOT


def test_env_example_equals_the_settings() -> None:
    assert (ROOT / ".env.example").read_text(encoding="utf-8") == env_example()


def test_every_setting_says_what_it_means() -> None:
    assert not [name for name, field in Settings.model_fields.items() if not field.description]


def test_every_direct_dependency_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    pinned = {_name(line) for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()}
    assert not [requirement for requirement in wanted if _name(requirement) not in pinned]


def test_pins_are_exact_and_name_no_local_build() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert not [line for line in lines if "==" not in line or "+" in line or "@" in line]


def _name(requirement: str) -> str:
    """Return the name in the one spelling in which ``typing_extensions`` equals ``Typing.Extensions``."""
    return canonicalize_name(Requirement(requirement).name)
