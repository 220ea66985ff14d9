"""Who answers now is read from the shelf, whenever it changes."""

import json
from pathlib import Path

import pytest

from bot.current import CurrentCheckpoint
from model.persona import PersonaError


def test_the_shelfs_choice_is_followed_without_being_told(home: Path) -> None:
    current = CurrentCheckpoint(home)
    assert (current.read().checkpoint, current.read().persona.name) == ("hanako", "花子")
    taro = home / "checkpoints" / "taro"
    taro.mkdir()
    (taro / "persona.toml").write_text('name = "太郎"\n', encoding="utf-8")
    (home / "checkpoints" / "current").write_text("taro\n", encoding="utf-8")
    assert (current.read().checkpoint, current.read().persona.name) == ("taro", "太郎")


def test_an_empty_shelf_means_the_embedded_base(tmp_path: Path) -> None:
    answering = CurrentCheckpoint(tmp_path).read()
    assert (answering.checkpoint, answering.persona.name) == ("base:mini", "senpai")


def test_a_pinned_checkpoint_answers_whatever_the_shelfs_choice(home: Path) -> None:
    assert CurrentCheckpoint(home, pinned="base:mini").read().checkpoint == "base:mini"


def test_the_checkpoint_of_the_settings_answers_until_another_is_chosen(home: Path) -> None:
    current = CurrentCheckpoint(home, start="base:mini")
    assert current.read().checkpoint == "base:mini"
    (home / "checkpoints" / "chosen").write_text("hanako\n", encoding="utf-8")
    (home / "checkpoints" / "chosen").replace(home / "checkpoints" / "current")
    assert current.read().checkpoint == "hanako"


def test_a_broken_persona_is_named(home: Path) -> None:
    (home / "checkpoints" / "hanako" / "persona.toml").write_text("name = ", encoding="utf-8")
    with pytest.raises(PersonaError, match=r"persona\.toml is not readable TOML"):
        CurrentCheckpoint(home).read()


def test_whoever_took_the_consent_back_is_not_imitated_though_its_file_is_there(home: Path) -> None:
    current = CurrentCheckpoint(home)
    assert current.refusal("line") is None
    taken_back = {"at": "2026-05-01T00:00:00+00:00", "person": "花子"}
    (home / "revoked.jsonl").write_text(json.dumps(taken_back) + "\n", encoding="utf-8")
    assert "took the consent back" in str(current.refusal("line"))
