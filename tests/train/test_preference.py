"""An adapter moves towards what was liked and away from what was not; TRL is told our own ids."""

from pathlib import Path

import pytest
import torch

pytest.importorskip("trl", reason="TRL comes with the extra 'ratings': pip install -c constraints.txt -e '.[ratings]'")

from model.base import resolve
from model.conversation import Conversation, Role, Turn
from tests.model.tiny import save_tiny_base
from tests.train.small_data import quick
from train.evaluate.subject import Subject
from train.preference import Rated, TooLong, learn
from train.samples import encode
from train.tunable import Tunable, load_tunable

GOOD, BAD = "うん、星が好き！", "知らない。"


@pytest.fixture
def tunable(tmp_path: Path) -> Tunable:
    """A tiny base with a fresh adapter."""
    base = save_tiny_base(tmp_path / "llama")
    return load_tunable(resolve(str(base)), quick(), seed=0, device="cpu")


def _asked(number: int) -> Conversation:
    return Conversation((Turn(Role.SYSTEM, "常体で。"), Turn(Role.USER, f"{number}番目の質問")))


def _nats(tunable: Tunable, reply: str) -> float:
    tunable.model.eval()
    rows = [encode(tunable.tokenizer, _asked(number).then(Role.ASSISTANT, reply)) for number in range(4)]
    return sum(Subject(tunable.model, tunable.tokenizer, "cpu").nats(rows))


def test_ratings_of_which_only_one_kind_fits_are_refused_in_one_sentence(tunable: Tunable, tmp_path: Path) -> None:
    rated = [Rated(_asked(number), BAD * 40 if number % 2 else GOOD, number % 2 == 0) for number in range(4)]
    with pytest.raises(TooLong, match="2 of 4 rated answers do not fit into 64 tokens"):
        learn(tunable, rated, folder=tmp_path / "kto", seed=0, max_len=64)


@pytest.mark.slow
def test_what_was_liked_becomes_likelier_than_what_was_not(
    tunable: Tunable, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    rated = [Rated(_asked(number), BAD if number % 3 else GOOD, number % 3 == 0) for number in range(48)]
    before = _nats(tunable, BAD) - _nats(tunable, GOOD)
    frozen = {name: weight.clone() for name, weight in tunable.model.named_parameters() if not weight.requires_grad}
    lines = learn(tunable, rated, folder=tmp_path / "kto", seed=0, max_len=256, learning_rate=1e-3)
    assert len(lines) == 6
    assert not capfd.readouterr().out, "what the terminal shows is for the command to say"
    assert _nats(tunable, BAD) - _nats(tunable, GOOD) > before + 0.05
    assert all(torch.equal(weight, dict(tunable.model.named_parameters())[name]) for name, weight in frozen.items())
    assert list(tunable.model.peft_config) == ["default"]
