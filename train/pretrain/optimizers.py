"""Which optimizer moves which weights. Knows parameters' names and shapes, not the schedule.

Muon (Jordan et al. 2024) for the hidden matrices: in the same time it learns far more here than AdamW does
(docs/decisions/0005-pretraining-on-a-cpu.md).
"""

import torch
from torch import nn

from train.pretrain.plan import Plan


def optimizers(model: nn.Module, plan: Plan) -> list[torch.optim.Optimizer]:
    """Return Muon for hidden matrices and AdamW for embeddings and norms; ``peak`` is each group's full rate."""
    hidden = [weights for name, weights in model.named_parameters() if _is_hidden(name, weights)]
    others = [weights for name, weights in model.named_parameters() if not _is_hidden(name, weights)]
    muon = torch.optim.Muon(hidden, lr=plan.muon_rate, momentum=0.95, weight_decay=0.01)
    adam = torch.optim.AdamW(others, lr=plan.adam_rate, betas=(0.9, 0.95), weight_decay=0.0, eps=1e-10)
    for optimizer, peak in ((muon, plan.muon_rate), (adam, plan.adam_rate)):
        for group in optimizer.param_groups:
            group["peak"] = peak
    return [muon, adam]


def adam_alone(model: nn.Module, plan: Plan) -> list[torch.optim.Optimizer]:
    """Return AdamW for all weights: what Muon was compared with."""
    adam = torch.optim.AdamW(model.parameters(), lr=plan.adam_rate, betas=(0.9, 0.95), weight_decay=0.05)
    for group in adam.param_groups:
        group["peak"] = plan.adam_rate
    return [adam]


def set_rate(optimizer: torch.optim.Optimizer, factor: float) -> None:
    for group in optimizer.param_groups:
        group["lr"] = group["peak"] * factor


def _is_hidden(name: str, weights: nn.Parameter) -> bool:
    return weights.ndim == 2 and "embed" not in name
