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


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Of ``num_tokens``: ``wrong`` are those that the other adapter says and their own does not.

    ``told_apart`` are none that the other would say, so they could have been found wrong; ``unlike_both`` are none that
    either says: last bits of bf16 beyond the tolerance, which no adapter explains.
    """

    num_tokens: int
    wrong: int
    told_apart: int
    unlike_both: int


def judge(loaded: LoadedBase, shelf: Shelf, names: Iterable[str], answers: list[tuple[str, Sequence]]) -> Verdict:
    """Judge greedy answers, each with the name of the checkpoint that gave it. ``loaded`` is the bare base."""
    by_own: dict[int, torch.Tensor] = {}
    by_other: dict[int, torch.Tensor] = {}
    for name in names:
        attach(loaded, shelf.get(name), adapter_name=name)
        for index, (own, sequence) in enumerate(answers):
            (by_own if own == name else by_other)[index] = _said(loaded.model, sequence)
        detach(loaded, name)
    own_says = torch.cat([by_own[index] for index in range(len(answers))])
    other_says = torch.cat([by_other[index] for index in range(len(answers))])
    return Verdict(
        num_tokens=len(own_says),
        wrong=int((~own_says & other_says).sum()),
        told_apart=int((~other_says).sum()),
        unlike_both=int((~own_says & ~other_says).sum()),
    )


@torch.inference_mode()
def _said(model: Any, sequence: Sequence) -> torch.Tensor:
    """Return which tokens of the answer the model would have chosen itself, each after those before it: (answer,)."""
    tokens = torch.tensor(sequence.tokens, device=model.device)
    ids = torch.tensor([[*sequence.prompt, *sequence.tokens[:-1]]], device=model.device)
    logits = model(input_ids=ids, logits_to_keep=len(tokens)).logits[0].float()  # (answer, vocab)
    chosen = logits.gather(1, tokens[:, None])[:, 0]
    said: torch.Tensor = logits.amax(-1) - chosen <= _TOLERANCE * logits.std(-1)
    return said
