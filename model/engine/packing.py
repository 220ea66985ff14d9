"""Weights in the order in which this machine's CPU multiplies them, beside or in the place of the plain ones.

Knows oneDNN's blocked layout, through the operators that torch's own compiler uses for it. Does not know models.

A product with a plain matrix in bf16 puts it in order anew each time, which costs most where there are few tokens: at
2816 x 1024 one token takes 0.50 instead of 0.73 ms, eight 0.93 instead of 1.27, sixty-four 4.8 instead of 5.2 (Xeon
with AVX512-BF16, without AMX, one thread).
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from transformers.pytorch_utils import Conv1D

_FOR_TOKENS = 16  # oneDNN asks for how many the layout shall be best


def packed(module: Any, *, keep_plain: bool) -> Callable[[Tensor], Tensor] | None:
    """Return a faster way to compute ``module``, None where there is none: only bf16 on a CPU gains.

    Without ``keep_plain`` the packed weights take the place of the plain ones.
    """
    weight = module.weight
    if type(module) not in (nn.Linear, Conv1D) or weight.dtype != torch.bfloat16 or weight.device.type != "cpu":
        return None
    if not (torch._C._has_mkldnn and hasattr(torch.ops.mkldnn, "_reorder_linear_weight")):
        return None
    plain = weight.detach()
    laid = torch.ops.mkldnn._reorder_linear_weight(
        plain.T.contiguous() if type(module) is Conv1D else plain, _FOR_TOKENS
    )
    if not keep_plain:
        module.weight = nn.Parameter(plain.new_empty(0), requires_grad=False)
    bias = None if module.bias is None else module.bias.detach()
    multiply = torch.ops.mkldnn._linear_pointwise.default

    def compute(x: Tensor) -> Tensor:
        result: Tensor = multiply(x, laid, bias, "none", [], "")
        return result

    return compute
