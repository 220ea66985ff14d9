"""The kernel of our own gives exact sums, rounded once, in 16 and in 4 bits, alike however many tokens there are."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from bitsandbytes.functional import dequantize_4bit
from bitsandbytes.nn.modules import Linear4bit
from torch import Tensor, nn

from model.engine.kernel import Kernel, Product, compiled

Made = tuple[Product, Tensor, Tensor | None]
"""A product, the weights that it multiplies with in fp64, and its bias."""
_COUNTS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 25, 70]


def in_bf16(kernel: Kernel, *, outer: int, bias: bool) -> Made:
    layer = nn.Linear(192, outer, bias=bias, dtype=torch.bfloat16).requires_grad_(requires_grad=False)
    return kernel.of_bf16(layer.weight, layer.bias), layer.weight.double(), layer.bias


def in_4_bits(kernel: Kernel, *, outer: int, bias: bool, nested: bool = False) -> Made:
    layer: Any = Linear4bit(192, outer, bias=bias, quant_type="nf4", compress_statistics=nested)  # type: ignore[no-untyped-call]
    layer = layer.to(torch.device("cpu"))  # which quantises
    state = layer.weight.quant_state
    state.dtype = torch.float32
    exact = dequantize_4bit(layer.weight.data, state).double()
    own_bias = None if layer.bias is None else layer.bias.detach().bfloat16()
    return kernel.of_nf4(layer.weight.data, state, own_bias), exact, own_bias


def nested(kernel: Kernel, *, outer: int, bias: bool) -> Made:
    return in_4_bits(kernel, outer=outer, bias=bias, nested=True)


WEIGHTS = pytest.mark.parametrize("make", [in_bf16, in_4_bits, nested])


@WEIGHTS
@pytest.mark.parametrize(("outer", "bias"), [(96, False), (50, True)])
@pytest.mark.parametrize("num_tokens", _COUNTS)
def test_a_product_is_the_exact_one_rounded_to_bf16(
    kernel: Kernel, make: Callable[..., Made], outer: int, bias: bool, num_tokens: int
) -> None:
    torch.manual_seed(num_tokens)
    compute, weights, added = make(kernel, outer=outer, bias=bias)
    x = torch.randn((1, num_tokens, 192)).bfloat16()
    exact = x.double() @ weights.T + (0 if added is None else added.double())
    one_rounding = exact.abs() * 2**-8
    assert compute(x).shape == exact.shape
    assert bool(((compute(x).double() - exact).abs() <= one_rounding + 1e-5).all())


@WEIGHTS
def test_a_token_is_computed_to_the_bit_alike_in_any_company(kernel: Kernel, make: Callable[..., Made]) -> None:
    torch.manual_seed(0)
    compute, _, _ = make(kernel, outer=64, bias=True)
    x = torch.randn((1, 70, 192)).bfloat16()
    alone = torch.cat([compute(x[:, index : index + 1]) for index in range(70)], dim=1)
    for count in _COUNTS:
        assert torch.equal(compute(x[:, :count]), alone[:, :count])


@WEIGHTS
def test_several_threads_give_the_same_numbers(kernel: Kernel, make: Callable[..., Made]) -> None:
    compute, _, _ = make(kernel, outer=160, bias=True)
    x = torch.randn((1, 5, 192)).bfloat16()
    before, alone = torch.get_num_threads(), compute(x)
    try:
        torch.set_num_threads(3)
        assert torch.equal(compute(x), alone)
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize("has_strength", [False, True])
@pytest.mark.parametrize("has_hidden", [False, True])
@pytest.mark.parametrize("num_tokens", [1, 5, 70])
def test_an_adapter_adds_its_exact_product_rounded_once(
    kernel: Kernel, num_tokens: int, has_hidden: bool, has_strength: bool
) -> None:
    torch.manual_seed(num_tokens)
    x, whole = torch.randn((1, num_tokens, 200)).bfloat16(), torch.randn((1, num_tokens, 96)).bfloat16()
    down, up = torch.randn((24, 200)), torch.randn((24, 70))
    hidden = torch.rand((num_tokens, 24)) < 0.5 if has_hidden else None
    strength = torch.rand((num_tokens, 1)) if has_strength else None
    reduced = x[0].double() @ down.double().T * (1 if strength is None else strength.double())
    reduced = reduced if hidden is None else reduced.masked_fill(hidden, 0)
    exact = whole[..., 7:77].double() + reduced @ up.double()
    y = whole.clone()
    assert kernel.add_low_rank(y[..., 7:77], x, down, up, hidden=hidden, strength=strength).shape == exact.shape
    assert bool(((y[..., 7:77].double() - exact).abs() <= exact.abs() * 2**-8 + 1e-3).all())
    assert torch.equal(y[..., :7], whole[..., :7])
    assert torch.equal(y[..., 77:], whole[..., 77:])


def test_a_hidden_adapter_adds_nothing_even_where_it_is_no_number(kernel: Kernel) -> None:
    x, y = torch.ones((1, 2, 64)).bfloat16(), torch.ones((1, 2, 32)).bfloat16()
    down, up = torch.zeros((8, 64)), torch.zeros((8, 32))
    down[4:] = torch.inf
    hidden = torch.tensor([[False] * 4 + [True] * 4] * 2)
    assert torch.equal(kernel.add_low_rank(y.clone(), x, down, up, hidden=hidden, strength=None), y)


def test_what_is_no_number_stays_none(kernel: Kernel) -> None:
    compute, _, _ = in_bf16(kernel, outer=32, bias=False)
    x = torch.zeros((1, 2, 192)).bfloat16()
    x[0, 1, 7] = torch.nan
    first, second = compute(x)[0]
    assert bool(first.isfinite().all())
    assert bool(second.isnan().all())


def test_it_is_compiled_once(kernel: Kernel, tmp_path: Path) -> None:
    assert compiled(tmp_path) is not None
    (library,) = tmp_path.iterdir()
    written_at = library.stat().st_mtime_ns
    assert compiled(tmp_path) is not None
    assert library.stat().st_mtime_ns == written_at


def test_without_a_compiler_there_is_none_and_nothing_is_left_behind(
    kernel: Kernel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert shutil.which("cc") is None
    assert compiled(tmp_path / "cache") is None
    assert not (tmp_path / "cache").exists()


def test_a_folder_that_cannot_be_written_means_none(kernel: Kernel, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file stands here", encoding="utf-8")
    assert compiled(tmp_path / "cache") is None
