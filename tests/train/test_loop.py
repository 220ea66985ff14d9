"""A step learns the same however its batch is read."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch

from model.base import resolve
from tests.model.tiny import save_tiny_base
from tests.train.small_data import quick
from train.loop import Figures, Loop
from train.samples import Sample
from train.tunable import load_tunable


@dataclass(frozen=True)
class Given:
    rows: Sequence[Sample]

    def epoch(self, number: int) -> list[Sample]:
        return list(self.rows)


ROWS = tuple(Sample((1, *range(5, 5 + length)), (7, 8, 2)) for length in (3, 4, 9, 20, 21))


def _after_one_step(base: Path, max_slots: int) -> tuple[Figures, dict[str, torch.Tensor]]:
    recipe = quick()
    recipe = recipe.model_copy(
        update={"batch": len(ROWS), "accumulate": 1, "adapter": recipe.adapter.model_copy(update={"dropout": 0.0})}
    )
    tunable = load_tunable(resolve(str(base)), recipe, seed=0, device="cpu")
    loop = Loop(tunable, recipe, Given(ROWS), None, num_steps=2, seed=0, max_slots=max_slots)
    (figures, *_) = loop.run(None)
    return figures, {name: weight.detach().clone() for name, weight in tunable.weights().items()}


def test_a_batch_that_is_read_in_several_passes_teaches_what_it_teaches_whole(tmp_path: Path) -> None:
    base = save_tiny_base(tmp_path / "llama")
    whole, weights = _after_one_step(base, 10_000)
    cut, others = _after_one_step(base, 40)
    assert cut.num_slots < whole.num_slots
    assert (cut.num_labels, cut.loss) == (whole.num_labels, pytest.approx(whole.loss, rel=1e-5))
    assert all(torch.allclose(weights[name], others[name], atol=1e-5) for name in weights)
