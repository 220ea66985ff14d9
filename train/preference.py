"""Moves an adapter towards what people liked: KTO (Ethayarajh et al., arXiv 2402.01306), as TRL's trainer does it.

Knows rated answers and TRL, which is imported only here and only when it is needed (the extra ``ratings``). Does not
know where ratings come from. TRL is handed our own token ids: prompt and reply exactly as serving renders them.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transformers import PrinterCallback

from model.conversation import Conversation, Role
from model.prompt import encode_reply
from train.tunable import Tunable

BETA = 0.1
LEARNING_RATE = 5e-6
BATCH = 8
ADAPTER, REFERENCE = "default", "ref"

log = logging.getLogger(__name__)


class TooLong(ValueError):
    """What is left of the ratings is of one kind; the message says how many did not fit."""


class NoTrl(ImportError):
    """TRL is not installed; the message says how to get it."""


@dataclass(frozen=True, slots=True)
class Rated:
    """An answer as the model gave it: what it read, what it said, and whether people liked it."""

    prompt: Conversation
    reply: str
    is_liked: bool


def learn(
    tunable: Tunable,
    rated: Sequence[Rated],
    *,
    folder: Path,
    seed: int,
    max_len: int,
    learning_rate: float = LEARNING_RATE,
) -> list[Mapping[str, Any]]:
    """Show the adapter every rated answer once; return what TRL logged, one mapping a step.

    Liked and disliked answers weigh the same together, however many there are of each. The reference is the adapter as
    it was. Answers that are longer than ``max_len`` tokens with their prompt are left out and counted in the log.
    Raises NoTrl, and TooLong where not both kinds are left.
    """
    trl, datasets = _trl()
    rows = _rows(tunable, rated, max_len)
    num_liked = sum(row["label"] for row in rows)
    if len(rows) < len(rated):
        log.warning("ratings=%d left_out_too_long=%d", len(rows), len(rated) - len(rows))
    if num_liked in (0, len(rows)):
        raise TooLong(
            f"{len(rated) - len(rows)} of {len(rated)} rated answers do not fit into {max_len} tokens with what was "
            "said before, and the others say all the same: train with a larger max_len, or wait for more ratings."
        )
    args = trl.KTOConfig(
        output_dir=str(folder),
        beta=BETA,
        learning_rate=learning_rate,
        desirable_weight=max(1.0, (len(rows) - num_liked) / num_liked),
        undesirable_weight=max(1.0, num_liked / (len(rows) - num_liked)),
        num_train_epochs=1,
        per_device_train_batch_size=BATCH,
        max_length=None,
        pad_to_multiple_of=None,
        bf16=False,
        activation_checkpointing=False,
        use_cpu=tunable.device == "cpu",
        dataloader_pin_memory=False,
        save_strategy="no",
        logging_steps=1,
        report_to="none",
        disable_tqdm=True,
        seed=seed,
    )
    tunable.model.train()
    trainer = _trainer(trl)(
        model=tunable.model,
        args=args,
        train_dataset=datasets.Dataset.from_list(rows),
        processing_class=tunable.tokenizer,
    )
    trainer.remove_callback(PrinterCallback)  # the terminal is the command's own
    trainer.train()
    tunable.model.delete_adapter(REFERENCE)
    tunable.model.set_adapter(ADAPTER)
    return [dict(line) for line in trainer.state.log_history if "loss" in line]


def _rows(tunable: Tunable, rated: Sequence[Rated], max_len: int) -> list[dict[str, Any]]:
    """Return ids and labels; beside each reply the one before it in its batch, from which TRL estimates the KL term."""
    rows = []
    for each in rated:
        prompt, reply = encode_reply(tunable.tokenizer, each.prompt.then(Role.ASSISTANT, each.reply))
        if len(prompt) + len(reply) <= max_len:
            rows.append({"prompt_ids": prompt, "completion_ids": reply, "label": each.is_liked})
    batches = [rows[start : start + BATCH] for start in range(0, len(rows), BATCH)]
    return [
        row | {"KL_completion_ids": batch[number - 1]["completion_ids"]}
        for batch in batches
        for number, row in enumerate(batch)
    ]


def _trainer(trl: Any) -> Any:
    """Return TRL's trainer, taught to take our ids: it would render and tokenise conversations in its own way."""

    class Trainer(trl.KTOTrainer):  # type: ignore[misc]
        def _prepare_dataset(self, dataset: Any, *_arguments: Any, **_options: Any) -> Any:
            return dataset

    return Trainer


def _trl() -> tuple[Any, Any]:
    try:
        import datasets
        import trl
    except ImportError:
        raise NoTrl("Learning from ratings needs TRL: pip install -c constraints.txt -e '.[ratings]'.") from None
    return trl, datasets
