"""What people thought of answers makes a new checkpoint, judged as any other; fewer than fifty make a sentence."""

from pathlib import Path

import pytest

from model.checkpoint import Checkpoint, CheckpointError, Kind, seal, verify
from model.conversation import Role, Turn
from model.shelf import Shelf
from tests.model.sealed import fill, sealed
from tests.train.small_data import FEW, quick, write_data
from train import dataset
from train.from_ratings import Answer, RatingsError, train_from_ratings
from train.tune import train


def _answers(num: int, *, checkpoint: str = "tetsu", every: int = 2) -> list[Answer]:
    """Return so many answers to invented questions, one in ``every`` of them liked."""
    replies = ("うん、星が好き！", "知らない。")
    documents = [
        {
            "checkpoint": checkpoint,
            "messages": [
                {"role": "system", "content": "あなたは常体で応答します。"},
                {"role": "user", "content": f"{number}番目の質問"},
            ],
            "reply": replies[number % every > 0],
            "is_liked": number % every == 0,
        }
        for number in range(num)
    ]
    return [Answer.read(document) for document in documents]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_data(tmp_path / "data")


@pytest.fixture
def home(tmp_path: Path, data: Path) -> Path:
    """A shelf with the current checkpoint tetsu, made from ``data``, and one made from other data."""
    home = tmp_path / "var"
    for name, data_hash in (("tetsu", dataset.read(data).hash), ("stranger", "other")):
        folder = home / "checkpoints" / name
        folder.mkdir(parents=True)
        sealed(folder, name, data_hash=data_hash, recipe=quick().model_dump(mode="json"))
    Shelf(home).use("tetsu", who="test")
    return home


def test_an_answer_is_read_as_the_bot_wrote_it() -> None:
    (answer,) = _answers(1)
    assert answer.rated.prompt.turns == (
        Turn(Role.SYSTEM, "あなたは常体で応答します。"),
        Turn(Role.USER, "0番目の質問"),
    )
    assert (answer.checkpoint, answer.rated.reply, answer.rated.is_liked) == ("tetsu", "うん、星が好き！", True)


def test_fewer_than_fifty_ratings_are_one_sentence(home: Path, data: Path) -> None:
    answers = _answers(49) + _answers(20, checkpoint="stranger")
    with pytest.raises(RatingsError, match=r"There are 49 ratings to learn from, and it takes 50"):
        train_from_ratings(data, answers, name="better", home=home)
    assert not (home / "runs").exists()


def test_ratings_that_all_say_the_same_teach_nothing(home: Path, data: Path) -> None:
    with pytest.raises(RatingsError, match=r"All 60 ratings say the same"):
        train_from_ratings(data, _answers(60, every=1), name="better", home=home)


def test_the_data_must_be_what_the_checkpoint_was_made_from(home: Path, data: Path) -> None:
    with pytest.raises(RatingsError, match=r"stranger was not made from"):
        train_from_ratings(data, _answers(60), name="better", home=home, checkpoint="stranger")


def test_a_taken_name_and_a_whole_model_are_refused(home: Path, data: Path) -> None:
    with pytest.raises(CheckpointError, match=r"tetsu exists already"):
        train_from_ratings(data, _answers(60), name="tetsu", home=home)
    staged = fill(Shelf(home).staging("whole"))
    sealed(staged, "whole", kind=Kind.FULL)
    Shelf(home).publish(staged, "whole")
    with pytest.raises(RatingsError, match=r"whole is a whole model"):
        train_from_ratings(data, _answers(60), name="better", home=home, checkpoint="whole")


def _published_at(checkpoint: Checkpoint, strength: float) -> None:
    """Write into the manifest that the adapter counts ``strength`` times."""
    fields = checkpoint.manifest.model_dump(exclude={"files"})
    seal(checkpoint.path, **{**fields, "adapter_scale": strength})


@pytest.mark.slow
def test_fifty_ratings_move_a_checkpoint_of_mini_and_the_gate_judges_it(tmp_path: Path, data: Path) -> None:
    pytest.importorskip("trl", reason="TRL comes with the extra 'ratings'")
    train(data, name="tetsu", home=tmp_path, base="mini", recipe=quick(), questions=FEW)
    _published_at(Shelf(tmp_path).get("tetsu"), 0.0)
    learnt = train_from_ratings(
        data, _answers(56), name="better", home=tmp_path, checkpoint="tetsu", questions=FEW, device="cpu"
    )
    shelf = Shelf(tmp_path)
    before, after = shelf.get("tetsu"), shelf.get("better")
    verify(after)
    assert (learnt.num_ratings, after.manifest.data_hash) == (56, before.manifest.data_hash)
    assert after.manifest.gate == ("passed" if learnt.verdict.has_passed else "failed")
    assert after.manifest.files["adapter_model.safetensors"] != before.manifest.files["adapter_model.safetensors"]
    assert {"facts.db", "consent.toml", "report/report.html"} <= set(after.manifest.files)
    assert len((tmp_path / "runs" / "better" / "metrics.jsonl").read_text(encoding="utf-8").splitlines()) == 7
    assert after.manifest.adapter_scale == 0
    assert learnt.metrics["H1"]["value"] == learnt.metrics["H1"]["base"], "not judged at the strength that is served"
