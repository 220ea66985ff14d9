"""What a model thinks of a text: losses and comparisons by likelihood. Knows logits; samples nothing."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM

BATCH = 16


def loaded(folder: Path) -> Any:
    """Load a model for scoring, with the packed 4-bit path of AVX512-BF16 CPUs switched off.

    The packed path repacks weights in place at the first forward; scoring needs the weights as they were saved.
    """
    model: Any = AutoModelForCausalLM.from_pretrained(folder)
    for module in model.modules():
        if hasattr(module, "support_avx512bf16_for_cpu"):
            module.support_avx512bf16_for_cpu = False
    return model.eval()


@torch.no_grad()
def token_losses(model: Any, sequences: Sequence[Sequence[int]]) -> list[list[float]]:
    """Return for each sequence the loss in nats of its tokens from the second on; ids of any lengths."""
    losses: list[list[float]] = [[] for _ in sequences]
    by_length = sorted(range(len(sequences)), key=lambda index: len(sequences[index]))
    for start in range(0, len(by_length), BATCH):
        indices = by_length[start : start + BATCH]
        longest = len(sequences[indices[-1]])
        ids = torch.tensor(
            [[*sequences[i], *[0] * (longest - len(sequences[i]))] for i in indices], device=model.device
        )
        logits = model(input_ids=ids).logits[:, :-1].float()  # (batch, longest - 1, vocab); padding stands right
        picked = logits.log_softmax(-1).gather(2, ids[:, 1:, None])[..., 0]
        for row, index in enumerate(indices):
            losses[index] = (-picked[row, : len(sequences[index]) - 1]).tolist()
    return losses


def continuation_losses(model: Any, prompt: Sequence[int], continuations: Sequence[Sequence[int]]) -> list[float]:
    """Return the summed loss of each continuation after the prompt."""
    scored = token_losses(model, [[*prompt, *continuation] for continuation in continuations])
    return [sum(losses[len(prompt) - 1 :]) for losses in scored]
