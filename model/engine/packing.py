"""Weights in the order in which this machine's CPU multiplies them, beside or in the place of the plain ones.

Knows the kernel of our own for bf16 and 4 bits (``kernel``) and, where that cannot be had, oneDNN's blocked layout for
bf16, through the operators that torch's own compiler uses for it. Does not know models.

oneDNN puts a plain matrix in order anew for every product, which costs most where there are few tokens. Either way the
sums are fp32 and the result is rounded to bf16 once.
"""

from typing import Any

import torch
from torch import Tensor, nn
from transformers.pytorch_utils import Conv1D

from model.engine.kernel import Kernel, Product
from model.nf4 import is_readable

_FOR_TOKENS = 16  # oneDNN asks for how many the layout shall be best


def packed(module: Any, *, keep_plain: bool, kernel: Kernel | None = None) -> Product | None:
    """Return a faster way to compute ``module``, None where there is none: only bf16 and 4 bits on a CPU gain.

    Without ``keep_plain`` the packed weights take the place of the plain ones.
    """
    if module.weight.device.type != "cpu":
        return None
    bias = None if module.bias is None else module.bias.detach()
    product: Product | None = None
    if kernel and is_readable(module):
        product = kernel.of_nf4(module.weight.detach(), module.weight.quant_state, bias)
    elif type(module) in {nn.Linear, Conv1D} and module.weight.dtype == torch.bfloat16:
        weight = module.weight.detach()
        weight = weight.T.contiguous() if type(module) is Conv1D else weight
        product = kernel.of_bf16(weight, bias) if kernel else _of_onednn(weight, bias)
    if product and not keep_plain:
        module.weight = nn.Parameter(module.weight.detach().new_empty(0), requires_grad=False)
    return product


def _of_onednn(weight: Tensor, bias: Tensor | None) -> Product | None:
    if not torch._C._has_mkldnn or not hasattr(torch.ops.mkldnn, "_reorder_linear_weight"):
        return None
    laid = torch.ops.mkldnn._reorder_linear_weight(weight, _FOR_TOKENS)
    multiply = torch.ops.mkldnn._linear_pointwise.default

    def compute(x: Tensor) -> Tensor:
        result: Tensor = multiply(x, laid, bias, "none", [], "")
        return result

    return compute
