"""Whose tokens these are: reads answers once more with each adapter alone and looks whether it would have said so.

Knows logits. Does not know how or when the answers came about.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import torch

from model.engine.sequence import Sequence
from model.loader import LoadedBase, attach, detach
from model.shelf import Shelf

_TOLERANCE = 0.1
"""A token this many standard deviations below the best may win in a batch, which changes the last bits of bf16."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Of ``num_tokens``: ``wrong`` are none that their own adapter says, ``told_apart`` none that the other would."""

    num_tokens: int
    wrong: int
    told_apart: int


def judge(loaded: LoadedBase, shelf: Shelf, names: Iterable[str], answers: list[tuple[str, Sequence]]) -> Verdict:
    """Judge greedy answers, each with the name of the checkpoint that gave it. ``loaded`` is the bare base."""
    num_own = num_other = 0
    for name in names:
        attach(loaded, shelf.get(name), adapter_name=name)
        for own, sequence in answers:
            said = _num_said(loaded.model, sequence)
            num_own, num_other = (num_own + said, num_other) if own == name else (num_own, num_other + said)
        detach(loaded, name)
    num_tokens = sum(len(sequence.tokens) for _, sequence in answers)
    return Verdict(num_tokens, num_tokens - num_own, num_tokens - num_other)


@torch.inference_mode()
def _num_said(model: Any, sequence: Sequence) -> int:
    """Return how many tokens of the answer the model would have chosen itself, each after those before it."""
    tokens = torch.tensor(sequence.tokens, device=model.device)
    ids = torch.tensor([[*sequence.prompt, *sequence.tokens[:-1]]], device=model.device)
    logits = model(input_ids=ids, logits_to_keep=len(tokens)).logits[0].float()  # (answer, vocab)
    chosen = logits.gather(1, tokens[:, None])[:, 0]
    return int((logits.amax(-1) - chosen <= _TOLERANCE * logits.std(-1)).sum())
