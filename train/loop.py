"""The steps of a run: batch, loss, backward, AdamW, again.

Knows optimisation. Does not know files, data folders or what a good checkpoint is. Each step seeds its own random
numbers, so neither an interruption nor a probe in between changes what the next one draws.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch

from train.loss import Batch, collate, cross_entropy, divergence, reply_logits
from train.recipe import Recipe
from train.run import State
from train.samples import Sample, batches, cut_into, within
from train.tunable import Tunable

MAX_SLOTS = 1536
"""Places in one pass. What it holds for backward grows with them, and a few batches of long rows would set the peak of
memory; measured with mini, whose other batches fit."""


class Rows(Protocol):
    """The rows of each epoch, as `train.samples.Samples` draws them."""

    def epoch(self, number: int) -> list[Sample]: ...


class Lanes(Protocol):
    """The rows that remind the model of its base, as `train.anchors.Anchors` draws them."""

    def neutral(self, step: int) -> list[Sample]:
        """Rows of a step without the persona, answered by the base."""

    def persona(self, epoch: int, num_steps: int) -> list[Sample]:
        """Rows of an epoch of ``num_steps`` with the persona's prompt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What one step measured; losses in nats a token."""

    step: int
    loss: float
    divergence: float | None
    learning_rate: float
    num_slots: int
    num_tokens: int
    num_labels: int


class Loop:
    """Steps of one run over ``tunable``. Owns the optimizer."""

    def __init__(
        self,
        tunable: Tunable,
        recipe: Recipe,
        rows: Rows,
        lanes: Lanes | None,
        *,
        num_steps: int,
        seed: int,
        max_slots: int = MAX_SLOTS,
    ):
        self._tunable, self._recipe, self._rows, self._lanes = tunable, recipe, rows, lanes
        self._num_steps, self._seed, self._max_slots = num_steps, seed, max_slots
        self._weights = tunable.weights()
        self._min_columns = max(map(len, rows.epoch(0))) if recipe.pad_to == "data" else 0
        self._optimizer = torch.optim.AdamW(
            self._weights.values(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay
        )

    def run(self, state: State | None) -> Iterator[Figures]:
        """Yield after each step; ``state`` is where an earlier run stopped."""
        done = 0
        if state is not None:
            self._restore(state)
            done = state.step
        for step, batch in enumerate(self._batches(), start=1):
            if step > self._num_steps:
                return
            if step > done:
                yield self._step(step, batch)

    def state(self, step: int) -> State:
        """Return weights and moments as they are after ``step``."""
        tensors: dict[str, torch.Tensor] = {}
        for name, weight in self._weights.items():
            moments = self._optimizer.state[weight]
            tensors |= {
                f"weight/{name}": weight,
                f"exp_avg/{name}": moments["exp_avg"],
                f"exp_avg_sq/{name}": moments["exp_avg_sq"],
            }
        return State(step, tensors)

    def _restore(self, state: State) -> None:
        with torch.no_grad():
            for name, weight in self._weights.items():
                weight.copy_(state.tensors[f"weight/{name}"])
                self._optimizer.state[weight] = {
                    "step": torch.tensor(float(state.step)),
                    "exp_avg": state.tensors[f"exp_avg/{name}"].to(weight.device),
                    "exp_avg_sq": state.tensors[f"exp_avg_sq/{name}"].to(weight.device),
                }

    def _batches(self) -> Iterator[Sequence[list[Sample]]]:
        """Yield the micro-batches of each step. The persona lane's rows are mixed into the epoch, so that they are
        bucketed by length together with the utterances.
        """
        recipe, epoch = self._recipe, 0
        while True:
            rows = self._rows.epoch(epoch)
            num_steps = math.ceil(len(rows) / (recipe.batch * recipe.accumulate))
            anchors = self._lanes.persona(epoch, num_steps) if self._lanes else []
            size = recipe.batch + len(anchors) // (num_steps * recipe.accumulate)
            cut = batches([*rows, *anchors], size, f"{self._seed}/{epoch}", by_length=recipe.pad_to == "batch")
            yield from cut_into(cut, recipe.accumulate)
            epoch += 1

    def _step(self, step: int, parts: Sequence[list[Sample]]) -> Figures:
        rate = learning_rate(self._recipe, step, self._num_steps)
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        with torch.random.fork_rng():
            torch.manual_seed(self._seed * 1_000_003 + step)
            self._tunable.model.train()
            told = self._backward(step, parts)
        torch.nn.utils.clip_grad_norm_(self._weights.values(), self._recipe.clip)
        self._optimizer.step()
        self._optimizer.zero_grad()
        return told

    def _backward(self, step: int, parts: Sequence[list[Sample]]) -> Figures:
        """Add the gradients of cross-entropy over every reply, and of KL(base ‖ model) over the neutral lane."""
        spoken = [self._collate(rows) for part in parts for rows in within(part, self._max_slots, self._min_columns)]
        neutral = self._collate(anchors) if self._lanes and (anchors := self._lanes.neutral(step)) else None
        own = sum(batch.num_labels for batch in spoken)
        num_labels = own + (neutral.num_labels if neutral else 0)
        nats = sum(self._backward_spoken(batch, num_labels) for batch in spoken)
        drift = self._backward_neutral(neutral, num_labels) if neutral else None
        return Figures(
            step=step,
            loss=nats / own,
            divergence=drift,
            learning_rate=self._optimizer.param_groups[0]["lr"],
            num_slots=sum(batch.mask.numel() for batch in spoken),
            num_tokens=sum(int(batch.mask.sum()) for batch in spoken),
            num_labels=own,
        )

    def _backward_spoken(self, batch: Batch, num_labels: int) -> float:
        """Return the batch's nats."""
        nats = cross_entropy(reply_logits(self._tunable.model, batch), batch.labels)
        (nats / num_labels).backward()  # type: ignore[no-untyped-call]
        return nats.item()

    def _backward_neutral(self, batch: Batch, num_labels: int) -> float:
        with torch.no_grad(), self._tunable.untouched() as base:
            reference = reply_logits(base, batch)
        logits = reply_logits(self._tunable.model, batch)
        drift = divergence(logits, reference, batch.labels) / batch.num_labels
        loss = cross_entropy(logits, batch.labels) / num_labels + self._recipe.anchors.kl * drift
        loss.backward()  # type: ignore[no-untyped-call]
        return drift.item()

    def _collate(self, rows: Sequence[Sample]) -> Batch:
        tokenizer, device = self._tunable.tokenizer, self._tunable.device
        return collate(rows, tokenizer.pad_token_id, device, min_columns=self._min_columns)


def learning_rate(recipe: Recipe, step: int, num_steps: int) -> float:
    """Return the rate of ``step`` (from 1): linear warm-up, then along the schedule down to ``final_share`` of it."""
    warm_up = min(recipe.warm_up, num_steps // 2)
    if step <= warm_up:
        return recipe.learning_rate * step / warm_up
    left = 1 - (step - warm_up) / max(1, num_steps - warm_up)
    height = left if recipe.schedule == "linear" else (1 - math.cos(math.pi * left)) / 2
    return recipe.learning_rate * (recipe.final_share + (1 - recipe.final_share) * height)
