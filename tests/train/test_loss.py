"""Padding and losses: the same numbers as row by row without padding, and nothing but the reply carries loss."""

from typing import Any, Literal

import pytest
import torch
from torch.nn import functional

from tests.model.tiny import tiny_model
from train.loss import IGNORED, collate, cross_entropy, divergence, reply_logits
from train.samples import Sample

ROWS = [Sample((1, 9, 10, 11), (20, 21, 2)), Sample((1, 9), (30, 2)), Sample((1, 9, 12, 13, 14, 15), (2,))]


def test_labels_are_exactly_the_replies() -> None:
    batch = collate(ROWS, 3, "cpu")
    told = [[label for label in row if label != IGNORED] for row in batch.labels.tolist()]
    assert told == [list(row.reply) for row in ROWS]
    assert batch.num_labels == sum(len(row.reply) for row in ROWS)


@pytest.mark.parametrize("shape", ["llama", "gpt2"])
def test_the_loss_of_a_batch_is_the_sum_of_its_rows_without_padding(shape: Literal["llama", "gpt2"]) -> None:
    model = tiny_model(shape)
    batch = collate(ROWS, 3, "cpu")
    together = cross_entropy(reply_logits(model, batch), batch.labels)
    assert together.item() == pytest.approx(sum(_alone(model, row) for row in ROWS), rel=1e-4)


def _alone(model: Any, row: Sample) -> float:
    logits = model(torch.tensor([row.prompt + row.reply])).logits[0, len(row.prompt) - 1 : -1]
    return functional.cross_entropy(logits, torch.tensor(row.reply), reduction="sum").item()


@pytest.mark.parametrize("shape", ["llama", "gpt2"])
def test_padding_leaves_every_gradient_finite(shape: Literal["llama", "gpt2"]) -> None:
    model = tiny_model(shape).train()
    batch = collate(ROWS, 3, "cpu")
    cross_entropy(reply_logits(model, batch), batch.labels).backward()
    assert all(weight.grad is None or torch.isfinite(weight.grad).all() for weight in model.parameters())


def test_a_model_does_not_diverge_from_itself_and_does_from_another() -> None:
    batch = collate(ROWS, 3, "cpu")
    own, other = (reply_logits(tiny_model(seed=seed), batch) for seed in (0, 1))
    assert divergence(own, own, batch.labels).item() == pytest.approx(0.0, abs=1e-5)
    assert divergence(own, other, batch.labels).item() > 0
