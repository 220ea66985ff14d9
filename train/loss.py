"""What the model is asked to say and how far it is from saying it.

Knows tensors, padding and losses. Does not know where rows come from or how weights change.

Rows are padded on the left, so that every reply ends in the last column: the logits a loss needs are then the last few
of every row, and no other position ever passes the output layer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from train.samples import Sample

IGNORED = -100


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Rows of one step. ``labels`` cover only the last ``width`` columns; IGNORED where a row's reply is shorter."""

    ids: Tensor  # (rows, len) int64, padded on the left
    mask: Tensor  # (rows, len) int64, 0 on padding
    labels: Tensor  # (rows, width) int64

    @property
    def num_labels(self) -> int:
        return int((self.labels != IGNORED).sum())


def collate(rows: Sequence[Sample], pad_id: int, device: str, *, min_columns: int = 0) -> Batch:
    """Put rows into one rectangle, as wide as the longest row and ``min_columns`` at least."""
    longest, width = max(min_columns, *map(len, rows)), max(len(row.reply) for row in rows)
    ids = torch.full((len(rows), longest), pad_id)
    mask = torch.zeros_like(ids)
    labels = torch.full((len(rows), width), IGNORED)
    for index, row in enumerate(rows):
        ids[index, longest - len(row) :] = torch.tensor((*row.prompt, *row.reply))
        mask[index, longest - len(row) :] = 1
        labels[index, width - len(row.reply) :] = torch.tensor(row.reply)
    return Batch(ids=ids.to(device), mask=mask.to(device), labels=labels.to(device))


def reply_logits(model: Any, batch: Batch) -> Tensor:
    """Return what the model expects at each label: (rows, width, vocabulary) float32."""
    positions = (batch.mask.cumsum(1) - 1).clamp(min=0)
    width = batch.labels.shape[1]
    output = model(
        input_ids=batch.ids,
        attention_mask=batch.mask,
        position_ids=positions,
        use_cache=False,
        logits_to_keep=width + 1,
    )
    logits: Tensor = output.logits[:, -width - 1 : -1].float()
    return logits


def cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the summed negative log-likelihood of the labels, in nats."""
    return functional.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=IGNORED, reduction="sum")


def divergence(logits: Tensor, reference: Tensor, labels: Tensor) -> Tensor:
    """Return KL(reference ‖ model) summed over the labelled positions, in nats."""
    at = labels != IGNORED
    own, other = functional.log_softmax(logits[at], dim=-1), functional.log_softmax(reference[at], dim=-1)
    return functional.kl_div(own, other, log_target=True, reduction="sum")
