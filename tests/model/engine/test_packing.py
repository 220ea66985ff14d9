"""Weights held for this CPU give what the plain ones give, each sum rounded once, with the kernel and without."""

from typing import Any

import pytest
import torch
from torch import nn

from model.engine.kernel import Kernel
from model.engine.packing import packed


def _layer() -> Any:
    torch.manual_seed(0)
    return nn.Linear(256, 96, dtype=torch.bfloat16).requires_grad_(requires_grad=False)


@pytest.mark.parametrize("num_tokens", [1, 23, 70])
def test_without_the_kernel_a_product_is_the_exact_one_rounded_to_bf16(num_tokens: int) -> None:
    layer = _layer()
    compute = packed(layer, keep_plain=True)
    assert compute is not None
    x = torch.randn((1, num_tokens, 256)).bfloat16()
    exact = x.double() @ layer.weight.double().T + layer.bias.double()
    one_rounding = exact.abs() * 2**-8
    assert bool(((compute(x).double() - exact).abs() <= one_rounding + 1e-5).all())


def test_weights_in_fp32_stay_as_they_are(kernel: Kernel) -> None:
    layer = nn.Linear(256, 96)
    assert packed(layer, keep_plain=False, kernel=kernel) is None
    assert layer.weight.numel() == 256 * 96
