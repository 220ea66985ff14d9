"""Trackers get a run's numbers through their own library, and never a word that was said."""

import sys
from pathlib import Path

import pytest

from train.reporter import ReporterError, library_of, numbers, reporter

LINE = {"step": 20, "held_out": 3.2, "failed": ["D3"], "metrics": {"G1": 0.9}, "film": "日本の首都は東京だ〜"}
STANDIN = """
said = []
def init(**what): said.append(("init", what))
def log(figures, step): said.append(("log", figures, step))
def finish(): said.append(("finish",))
"""


def test_only_numbers_leave_the_run() -> None:
    assert numbers(LINE) == {"held_out": 3.2, "metrics/G1": 0.9}
    assert numbers({"step": 1, "loss": 2.0, "divergence": None}) == {"loss": 2.0}


def test_a_library_that_is_called_like_trackio_is_begun_told_and_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "trackio.py").write_text(STANDIN, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "trackio", raising=False)
    library = library_of("trackio")
    with reporter(library, name="aoi", folder=tmp_path, recipe={"batch": 8}) as told:
        told.log(20, numbers(LINE))
    monkeypatch.delitem(sys.modules, "trackio")
    begun = {"project": "senpai-bot", "name": "aoi", "config": {"batch": 8}}
    assert library.said == [("init", begun), ("log", {"held_out": 3.2, "metrics/G1": 0.9}, 20), ("finish",)]


def test_a_tracker_that_is_not_installed_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wandb", None)
    with pytest.raises(ReporterError, match="wandb is not installed: pip install wandb"):
        library_of("wandb")


def test_without_a_tracker_nothing_is_told(tmp_path: Path) -> None:
    with reporter(library_of("none"), name="aoi", folder=tmp_path, recipe={}) as told:
        told.log(1, {"loss": 1.0})
    assert not list(tmp_path.iterdir())
