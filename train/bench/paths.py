"""One epoch over the same rows in three ways: ours, as the original experiment did it, and TRL's SFTTrainer.

Knows how each library is handed ids and labels. Does not know clocks or tables. Nothing is learnt (the learning rate is
0 and there is no dropout), so every epoch is the same work, and equal sums of the loss prove that it is equal work.
"""

import importlib
import math
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch.utils.data import Dataset
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainingArguments, default_data_collator

from model.base import Base
from train.loop import Loop
from train.loss import IGNORED
from train.recipe import Recipe
from train.samples import Sample
from train.tunable import Tunable, load_tunable

ARTICLE_BATCH = 4
"""Four rows at once, four times before the weights change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoch:
    """What one epoch took: CPU seconds of this process, the loss summed over all labels, places read, padded or not."""

    cpu_s: float
    nats: float
    num_slots: int


Way = Callable[[], Epoch]


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What every path does: the same rows, the same adapter on the same base."""

    base: Base
    recipe: Recipe
    rows: Sequence[Sample]
    batch: int
    scratch: Path

    def tunable(self) -> Tunable:
        """Return the base with a fresh adapter, the same for every path."""
        adapter = self.recipe.adapter.model_copy(update={"dropout": 0.0})
        return load_tunable(self.base, self.recipe.model_copy(update={"adapter": adapter}), seed=0, device="cpu")


@dataclass(frozen=True, slots=True)
class _Fixed:
    rows: Sequence[Sample]

    def epoch(self, number: int) -> list[Sample]:  # noqa: ARG002 - the same rows in each
        return list(self.rows)


@contextmanager
def _quiet() -> Iterator[None]:
    """Hide what the libraries tell their own developers about names that will change."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def ours(work: Work) -> Way:
    """Our own loop: bucketed by length, logits only where the loss is."""
    num_steps = math.ceil(len(work.rows) / work.batch)
    standing = {"learning_rate": 0.0, "batch": work.batch, "accumulate": 1, "pad_to": "batch"}
    loop_of = work.recipe.model_copy(update=standing)
    tunable = work.tunable()

    def epoch() -> Epoch:
        loop = Loop(tunable, loop_of, _Fixed(work.rows), None, num_steps=num_steps, seed=0)
        began = time.process_time()
        steps = list(loop.run(None))
        return Epoch(
            cpu_s=time.process_time() - began,
            nats=sum(step.loss * step.num_labels for step in steps),
            num_slots=sum(step.num_slots for step in steps),
        )

    return epoch


@_quiet()
def article(work: Work) -> Way:
    """transformers' Trainer, 4 x 4, every row padded to the longest of the data set."""
    tunable = work.tunable()
    longest = max(map(len, work.rows))
    pad_id = tunable.tokenizer.pad_token_id
    rows = _Rows([_padded(row, longest, pad_id) for row in work.rows])
    arguments = _arguments(
        TrainingArguments, work, per_device_train_batch_size=ARTICLE_BATCH, gradient_accumulation_steps=4
    )
    counted = _counting(Trainer)

    @_quiet()
    def epoch() -> Epoch:
        trainer = counted(model=tunable.model, args=arguments, train_dataset=rows, data_collator=default_data_collator)
        return _trained(trainer)

    return epoch


@_quiet()
def trl(work: Work) -> Way | None:
    """TRL's SFTTrainer on the same ids and labels, 16 rows at once; None where TRL is not installed."""
    try:
        library, tables = importlib.import_module("trl"), importlib.import_module("datasets")
    except ImportError:
        return None
    tunable = work.tunable()
    rows = tables.Dataset.from_list(
        [{"input_ids": [*row.prompt, *row.reply], "labels": _labels(row)} for row in work.rows]
    )
    arguments = _arguments(
        library.SFTConfig,
        work,
        per_device_train_batch_size=work.batch,
        bf16=False,
        gradient_checkpointing=False,
        max_length=None,
    )
    counted = _counting(library.SFTTrainer)

    @_quiet()
    def epoch() -> Epoch:
        trainer = counted(model=tunable.model, args=arguments, train_dataset=rows, processing_class=tunable.tokenizer)
        return _trained(trainer)

    return epoch


class _Rows(Dataset[dict[str, list[int]]]):
    def __init__(self, rows: Sequence[dict[str, list[int]]]) -> None:
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> dict[str, list[int]]:
        return self._rows[index]


def _labels(row: Sample) -> list[int]:
    return [IGNORED] * len(row.prompt) + list(row.reply)


def _padded(row: Sample, longest: int, pad_id: int) -> dict[str, list[int]]:
    num = longest - len(row)
    return {
        "input_ids": [*row.prompt, *row.reply, *[pad_id] * num],
        "attention_mask": [1] * len(row) + [0] * num,
        "labels": [*_labels(row), *[IGNORED] * num],
    }


def _arguments(kind: Any, work: Work, **own: Any) -> Any:
    return kind(
        output_dir=str(work.scratch),
        num_train_epochs=1,
        learning_rate=0.0,
        weight_decay=work.recipe.weight_decay,
        report_to="none",
        save_strategy="no",
        logging_strategy="no",
        disable_tqdm=True,
        use_cpu=True,
        seed=0,
        **own,
    )


@dataclass(slots=True)
class _Count:
    nats: float = 0.0
    num_slots: int = 0
    began: float = 0.0
    cpu_s: float = 0.0


class _EpochClock(TrainerCallback):
    """Takes the time of the epoch alone, without what a trainer does before and after."""

    def __init__(self, count: _Count) -> None:
        self._count = count

    def on_epoch_begin(self, *_: Any, **__: Any) -> None:
        self._count.began = time.process_time()

    def on_epoch_end(self, *_: Any, **__: Any) -> None:
        self._count.cpu_s = time.process_time() - self._count.began


def _counting(kind: Any) -> Any:
    """Return the trainer class with a count of what its losses add up to."""

    class Counting(kind):  # type: ignore[misc]
        def __init__(self, **arguments: Any) -> None:
            super().__init__(**arguments)
            self.count = _Count()
            self.remove_callback(PrinterCallback)
            self.add_callback(_EpochClock(self.count))

        def compute_loss(self, model: Any, inputs: Mapping[str, Any], *rest: Any, **more: Any) -> Any:
            num_labels = int((inputs["labels"][:, 1:] != IGNORED).sum())
            self.count.num_slots += inputs["input_ids"].numel()
            loss = super().compute_loss(model, inputs, *rest, **more)
            total = more.get("num_items_in_batch")
            self.count.nats += float(loss.detach()) * float(num_labels if total is None else total)
            return loss

    return Counting


def _trained(trainer: Any) -> Epoch:
    trainer.train()
    return Epoch(cpu_s=trainer.count.cpu_s, nats=trainer.count.nats, num_slots=trainer.count.num_slots)
