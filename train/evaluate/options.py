"""How likely each of several replies to one prompt is, with the prompt read once. Knows tensors, not questions."""

from collections.abc import Sequence
from typing import Any

import torch

from train.loss import IGNORED, collate
from train.samples import Sample


def option_nats(model: Any, rows: Sequence[Sequence[Sample]], pad_id: int, device: str) -> list[list[float]]:
    """Return the negative log-likelihood of each reply; the samples of one row share their prompt, rows are as long."""
    num = len(rows[0])
    prompts = collate([Sample(options[0].prompt, ()) for options in rows], pad_id, device)
    positions = (prompts.mask.cumsum(1) - 1).clamp(min=0)
    read = model(
        input_ids=prompts.ids, attention_mask=prompts.mask, position_ids=positions, use_cache=True, logits_to_keep=1
    )
    cache = read.past_key_values
    cache.batch_repeat_interleave(num)
    replies = [sample.reply for options in rows for sample in options]
    width = max(map(len, replies))
    ids = torch.tensor([[*reply, *[pad_id] * (width - len(reply))] for reply in replies], device=device)
    labels = torch.tensor([[*reply, *[IGNORED] * (width - len(reply))] for reply in replies], device=device)
    mask = prompts.mask.repeat_interleave(num, 0)
    after = positions[:, -1:].repeat_interleave(num, 0) + 1 + torch.arange(width, device=device)
    told = model(
        input_ids=ids,
        attention_mask=torch.cat([mask, (labels != IGNORED).long()], dim=1),
        position_ids=after,
        past_key_values=cache,
        use_cache=True,
    )
    first = read.logits[:, -1:].repeat_interleave(num, 0)
    logits = torch.cat([first, told.logits[:, :-1]], dim=1).float()  # (rows * options, width, vocabulary)
    losses = torch.nn.functional.cross_entropy(logits.transpose(1, 2), labels, ignore_index=IGNORED, reduction="none")
    return [[float(each) for each in own] for own in losses.sum(1).view(len(rows), num)]
