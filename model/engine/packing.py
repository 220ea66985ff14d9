"""Weights in the order in which this machine's CPU multiplies them, beside or in the place of the plain ones.

Knows oneDNN's blocked layout, through the operators that torch's own compiler uses for it, and that some CPUs multiply
many tokens faster in fp32 than in bf16. Does not know models.

A product with a plain matrix in bf16 puts it in order anew each time, which costs most where there are few tokens: at
2816 x 1024 one token takes 0.50 instead of 0.73 ms, eight 0.93 instead of 1.27, sixty-four 4.8 instead of 5.2 (Xeon
with AVX512-BF16, without AMX, one thread). The same CPU takes 3.0 ms for sixty-four in fp32, and twice as long as in
bf16 for one: so where memory allows, weights are held in both. Either way the sums are fp32 and the result is rounded
to bf16 once.
"""

import time
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from transformers.pytorch_utils import Conv1D

_FOR_TOKENS = 16  # oneDNN asks for how many the layout shall be best
_MANY = 24
"""From so many tokens on fp32 is the faster one, where it is at all: at 16, twice the bytes cost what it saves."""
_SHARE = 1 / 8  # of the free memory; rows and other models need the rest
_TRIED_TOKENS, _TRIED_SIZE, _TRIES = 48, 1024, 5

Product = Callable[[Tensor], Tensor]


def packed(module: Any, *, keep_plain: bool, is_wide: bool = False) -> Product | None:
    """Return a faster way to compute ``module``, None where there is none: only bf16 on a CPU gains.

    Without ``keep_plain`` the packed weights take the place of the plain ones. ``is_wide`` holds them in fp32 too.
    """
    if not _is_packable(module):
        return None
    weight = module.weight.detach()
    weight = weight.T.contiguous() if type(module) is Conv1D else weight
    if not keep_plain:
        module.weight = nn.Parameter(weight.new_empty(0), requires_grad=False)
    bias = None if module.bias is None else module.bias.detach()
    narrow = _product(weight, bias)
    if not is_wide:
        return narrow
    wide = _product(weight.float(), None if bias is None else bias.float())
    return lambda x: wide(x.float()).to(x.dtype) if x.shape[-2] >= _MANY else narrow(x)


def gains_from_fp32(model: Any, free_bytes: int) -> bool:
    """Return whether this CPU multiplies many tokens faster in fp32 than in bf16, and has memory for a copy.

    Measured, in a few hundredths of a second.
    """
    weight = model.get_input_embeddings().weight
    num_bytes = torch.float32.itemsize * sum(each.numel() for each in model.parameters())
    layers = [each for each in model.modules() if each is not model.get_output_embeddings()]
    if num_bytes > free_bytes * _SHARE or not any(map(_is_packable, layers)):
        return False
    square = torch.zeros((_TRIED_SIZE, _TRIED_SIZE), dtype=weight.dtype)
    tokens = torch.zeros((1, _TRIED_TOKENS, _TRIED_SIZE), dtype=weight.dtype)
    narrow, wide = _product(square, None), _product(square.float(), None)
    return _least_s(lambda: wide(tokens.float()).to(tokens.dtype)) < _least_s(lambda: narrow(tokens))


def _is_packable(module: Any) -> bool:
    if type(module) not in (nn.Linear, Conv1D) or not torch._C._has_mkldnn:
        return False
    is_bf16 = module.weight.dtype == torch.bfloat16 and module.weight.device.type == "cpu"
    return bool(is_bf16 and hasattr(torch.ops.mkldnn, "_reorder_linear_weight"))


def _product(weight: Tensor, bias: Tensor | None) -> Product:
    laid = torch.ops.mkldnn._reorder_linear_weight(weight, _FOR_TOKENS)
    multiply = torch.ops.mkldnn._linear_pointwise.default

    def compute(x: Tensor) -> Tensor:
        result: Tensor = multiply(x, laid, bias, "none", [], "")
        return result

    return compute


def _least_s(work: Callable[[], object]) -> float:
    taken = []
    for _ in range(_TRIES):
        begun_at = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun_at)
    return min(taken)
