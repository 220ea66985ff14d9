"""Weights held for this CPU give what the plain ones give, each sum rounded once, in whichever precision it was."""

from typing import Any

import pytest
import torch
from torch import nn

from model.engine.packing import gains_from_fp32, packed
from tests.model.tiny import tiny_model


def _layer() -> Any:
    torch.manual_seed(0)
    return nn.Linear(256, 96, dtype=torch.bfloat16).requires_grad_(requires_grad=False)


@pytest.mark.parametrize("is_wide", [False, True])
@pytest.mark.parametrize("num_tokens", [1, 23, 24, 70])
def test_a_product_is_the_exact_one_rounded_to_bf16(num_tokens: int, is_wide: bool) -> None:
    layer = _layer()
    compute = packed(layer, keep_plain=True, is_wide=is_wide)
    assert compute is not None
    x = torch.randn((1, num_tokens, 256)).bfloat16()
    exact = x.double() @ layer.weight.double().T + layer.bias.double()
    one_rounding = exact.abs() * 2**-8
    assert bool(((compute(x).double() - exact).abs() <= one_rounding + 1e-5).all())


def test_a_few_tokens_are_computed_as_without_the_copy_in_fp32() -> None:
    narrow, wide = (packed(_layer(), keep_plain=True, is_wide=is_wide) for is_wide in (False, True))
    assert narrow is not None
    assert wide is not None
    x = torch.randn((1, 23, 256)).bfloat16()
    assert torch.equal(narrow(x), wide(x))


def test_no_copy_is_made_where_memory_is_short_or_nothing_is_in_bf16() -> None:
    assert not gains_from_fp32(tiny_model(), free_bytes=1 << 40)
    assert not gains_from_fp32(tiny_model().bfloat16(), free_bytes=1 << 10)
    only_output_in_bf16 = tiny_model()
    only_output_in_bf16.lm_head.bfloat16()
    only_output_in_bf16.get_input_embeddings().bfloat16()
    assert not gains_from_fp32(only_output_in_bf16, free_bytes=1 << 40)
