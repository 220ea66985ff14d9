"""Layers that read the same input give the same numbers to the bit when one product computes them together."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from bitsandbytes.nn.modules import Linear4bit, Params4bit
from torch import Tensor, nn

from model.engine.joint import joint_products
from model.engine.packing import packed
from model.loader.placement import multiplies_bf16

_SIZES = {"q_proj": 64, "k_proj": 32, "v_proj": 32}


class _Attention(nn.Module):
    """Three layers of unequal size over one input, as in attention with grouped keys."""

    def __init__(self, make: Any) -> None:
        super().__init__()
        for name, size in _SIZES.items():
            setattr(self, name, make(size))

    def forward(self, x: Tensor) -> list[Tensor]:
        """Return what each makes of ``x``."""
        return [getattr(self, name)(x) for name in _SIZES]


def _plain(dtype: torch.dtype, *, bias: bool = False) -> Any:
    return lambda size: nn.Linear(128, size, bias=bias, dtype=dtype)


def _in_4bit(*, num_in: int = 128, is_packed: bool = False, has_plain_scales: bool = True) -> Any:
    def make(size: int) -> Any:
        layer = Linear4bit(num_in, size, bias=False, compute_dtype=torch.bfloat16, quant_type="nf4")  # type: ignore[no-untyped-call]
        options = {"quant_type": "nf4", "compress_statistics": not has_plain_scales, "module": layer}
        layer.weight = Params4bit(torch.randn(size, num_in), requires_grad=False, **options)
        layer.support_avx512bf16_for_cpu = is_packed
        return layer.to("cpu").eval()

    return make


_NEEDS_BF16 = pytest.mark.skipif(not multiplies_bf16(), reason="this CPU has no AVX512-BF16, so nothing is packed")
_KINDS = [
    pytest.param(_plain(torch.bfloat16), id="bf16"),
    pytest.param(_plain(torch.bfloat16, bias=True), id="bf16 with a bias"),
    pytest.param(_in_4bit(), id="4 bits"),
    pytest.param(_in_4bit(is_packed=True), id="4 bits, packed", marks=_NEEDS_BF16),
]


@pytest.mark.parametrize("num_tokens", [1, 5, 40])
@pytest.mark.parametrize("make", _KINDS)
@torch.no_grad()
def test_one_product_gives_what_each_layer_gives_alone_to_the_bit(make: Any, num_tokens: int) -> None:
    attention = _Attention(make)
    products = joint_products(attention, fuse=True, keep_plain=True)
    x = torch.randn((1, num_tokens, 128)).bfloat16()
    for layer, product in products.items():
        alone = packed(layer, keep_plain=True) or layer
        assert torch.equal(product(x), alone(x))
    assert list(products) == list(attention.children())


@torch.no_grad()
def test_layers_that_are_asked_about_different_inputs_answer_each_about_its_own() -> None:
    attention = _Attention(_plain(torch.bfloat16))
    query, key, value = joint_products(attention, fuse=True, keep_plain=True).values()
    one, other = (torch.randn((1, 3, 128)).bfloat16() for _ in range(2))
    expected = [packed(layer, keep_plain=True) or layer for layer in attention.children()]
    for product, alone, x in zip(
        (query, key, value, key), (*expected, expected[1]), (one, other, one, one), strict=True
    ):
        assert torch.equal(product(x), alone(x))


def test_joint_weights_take_the_place_of_the_plain_ones_unless_those_are_to_be_kept() -> None:
    kept, given_up = _Attention(_plain(torch.bfloat16)), _Attention(_plain(torch.bfloat16))
    joint_products(kept, fuse=None, keep_plain=True)
    joint_products(given_up, fuse=None, keep_plain=False)
    assert [layer.weight.numel() for layer in kept.children()] == [128 * size for size in _SIZES.values()]
    assert [layer.weight.numel() for layer in given_up.children()] == [0, 0, 0]


def test_what_gains_nothing_is_joined_only_when_asked_for() -> None:
    attention = _Attention(_plain(torch.float32))
    assert not joint_products(attention, fuse=None, keep_plain=True)
    assert not joint_products(_Attention(_plain(torch.bfloat16)), fuse=False, keep_plain=True)
    assert len(joint_products(attention, fuse=True, keep_plain=True)) == len(_SIZES)


def _run_once(attention: _Attention) -> _Attention:
    with torch.no_grad():
        attention(torch.randn((1, 1, 128)).bfloat16())
    return attention


def _of_two_kinds(size: int) -> Any:
    return _plain(torch.bfloat16)(size) if size == 64 else _plain(torch.float32)(size)


@pytest.mark.parametrize(
    "attention",
    [
        pytest.param(lambda: _Attention(_in_4bit(num_in=96)), id="blocks end within rows"),
        pytest.param(lambda: _Attention(_in_4bit(has_plain_scales=False)), id="scales in 8 bits"),
        pytest.param(lambda: _run_once(_Attention(_in_4bit(is_packed=True))), id="repacked", marks=_NEEDS_BF16),
        pytest.param(lambda: _Attention(_of_two_kinds), id="of two kinds"),
    ],
)
def test_what_cannot_be_joined_to_the_bit_is_left_alone(attention: Callable[[], _Attention]) -> None:
    assert not joint_products(attention(), fuse=True, keep_plain=False)
