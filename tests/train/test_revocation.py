"""Whoever takes a consent back finds nothing left, also when the first call was killed in the middle."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from model.checkpoint import CheckpointError, Kind
from model.loader import base_of
from model.shelf import Shelf
from tests.consents import write_consent
from tests.model.sealed import sealed
from train import revocation


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Two checkpoints, a run and data of 花子, data of hers elsewhere, and one checkpoint with data of 太郎."""
    home = tmp_path / "var"
    for name, person in (("hana-1", "花子"), ("hana-2", "花子"), ("taro", "太郎")):
        folder = home / "checkpoints" / name
        folder.mkdir(parents=True)
        write_consent(folder, person=person)
        sealed(folder, name, data_hash=f"hash of {person}")
    _data(home / "data" / "hanako", "花子")
    _data(home / "data" / "taro", "太郎")
    _data(tmp_path / "elsewhere", "花子")
    _data(home / "data" / "without-consent", None, data_hash="hash of 花子")
    _run(home / "runs" / "hana-1", home / "data" / "hanako")
    _run(home / "runs" / "never-published", tmp_path / "elsewhere")
    _run(home / "runs" / "taro", home / "data" / "taro", data_hash="hash of 太郎")
    Shelf(home).use("hana-1", who="test")
    return home


def _data(folder: Path, person: str | None, data_hash: str = "other") -> None:
    folder.mkdir(parents=True)
    (folder / "card.json").write_text(json.dumps({"hash": data_hash}), encoding="utf-8")
    (folder / "utterances.jsonl").write_text("{}\n", encoding="utf-8")
    if person:
        write_consent(folder, person=person)


def _run(folder: Path, data: Path, data_hash: str = "hash of 花子") -> None:
    folder.mkdir(parents=True)
    identity = {"data": str(data.resolve()), "data hash": data_hash}
    (folder / "run.json").write_text(json.dumps(identity), encoding="utf-8")


def _all(home: Path) -> set[str]:
    folders = (*home.glob("checkpoints/*/"), *home.glob("data/*/"), *home.glob("runs/*/"))
    return {path.relative_to(home).as_posix() for path in folders}


def _revoke(home: Path, who: str | None = None) -> revocation.Traces:
    traces = revocation.find(home, who)
    revocation.note(home, traces)
    revocation.erase(home, traces)
    return traces


@pytest.mark.parametrize("who", ["花子", "hana-2", None])
def test_everything_of_one_person_goes_and_nothing_of_another(who: str | None, home: Path, tmp_path: Path) -> None:
    traces = _revoke(home, who)
    assert (traces.person, traces.left(home)) == ("花子", [])
    assert _all(home) == {"checkpoints/taro", "data/taro", "runs/taro"}
    assert not (tmp_path / "elsewhere").exists()
    assert Shelf(home).current() is None
    with pytest.raises(CheckpointError):
        Shelf(home).get("hana-1")


@pytest.mark.parametrize("who", ["花子", "hana-2"])
def test_a_second_call_finds_the_same_and_has_nothing_to_do(who: str, home: Path) -> None:
    first = _revoke(home, who)
    assert _revoke(home, who) == first
    assert first.left(home) == []


def test_a_call_killed_anywhere_is_finished_by_the_next(home: Path, tmp_path: Path) -> None:
    program = (
        "import os, shutil, sys; from pathlib import Path; from train import revocation\n"
        "home, num = Path(sys.argv[1]), int(sys.argv[2]); traces = revocation.find(home, '花子')\n"
        "def stop(event, _arguments, left=[num]):\n"
        "    if event in ('os.rename', 'os.remove', 'os.rmdir', 'shutil.rmtree'):\n"
        "        left[0] -= 1\n"
        "        if left[0] < 0: os._exit(9)\n"
        "revocation.note(home, traces); sys.addaudithook(stop); revocation.erase(home, traces)\n"
    )
    died = 0
    for num in (0, 3, 9, 17):
        died += subprocess.run([sys.executable, "-c", program, str(home), str(num)], check=False).returncode == 9
    assert died == 4
    assert _revoke(home, "花子").left(home) == []
    assert _all(home) == {"checkpoints/taro", "data/taro", "runs/taro"}
    hidden = [path.name for folder in ("data", "runs", "checkpoints") for path in (home / folder).glob(".*")]
    assert hidden == [".lock"]
    assert [path.name for path in tmp_path.iterdir()] == ["var"]


def test_the_quantised_copy_of_a_whole_model_goes_too(home: Path) -> None:
    folder = home / "checkpoints" / "hana-full"
    folder.mkdir()
    write_consent(folder, person="花子")
    checkpoint = sealed(folder, "hana-full", kind=Kind.FULL)
    copy = home / "bases" / base_of(checkpoint).hash().replace(":", "-")
    copy.mkdir(parents=True)
    assert copy in _revoke(home, "花子").folders
    assert not copy.exists()


def test_a_name_nobody_knows_is_refused_with_those_that_are_known(home: Path) -> None:
    with pytest.raises(revocation.RevocationError, match=r"words of 次郎; known are: 太郎, 花子"):
        revocation.find(home, "次郎")


def test_a_consent_that_was_taken_back_counts_no_more_and_a_later_one_does(home: Path) -> None:
    _revoke(home, "花子")
    for name, given_at in (("back", "2024-01-01"), ("anew", "2199-01-01")):
        staged = Shelf(home).staging(name)
        text = write_consent(staged, until="2299-12-31").read_text(encoding="utf-8").replace("2024-01-01", given_at)
        (staged / "consent.toml").write_text(text, encoding="utf-8")
        sealed(staged, name)
        Shelf(home).publish(staged, name)
    with pytest.raises(CheckpointError, match="took the consent back on"):
        Shelf(home).use("back", who="test", force=True)
    with pytest.raises(CheckpointError, match="still to come"):
        Shelf(home).use("anew", who="test")
