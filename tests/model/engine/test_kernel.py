"""The kernel of our own gives exact sums, rounded once, in 16 and in 4 bits, alike however many tokens there are."""

import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from bitsandbytes.functional import dequantize_4bit, quantize_4bit
from torch import Tensor, nn

from model.engine.kernel import Kernel, Product, compiled

Made = tuple[Product, Tensor, Tensor | None]
"""A product, the weights that it multiplies with in fp64, and its bias."""
_COUNTS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 25, 70]


def in_bf16(kernel: Kernel, *, outer: int, bias: bool) -> Made:
    layer = nn.Linear(192, outer, bias=bias, dtype=torch.bfloat16).requires_grad_(requires_grad=False)
    return kernel.of_bf16(layer.weight, layer.bias), layer.weight.double(), layer.bias


def in_4_bits(kernel: Kernel, *, outer: int, bias: bool, **options: Any) -> Made:
    packed, state = quantize_4bit(torch.randn((outer, 192)), quant_type="nf4", **options)
    state.dtype = torch.float32
    own_bias = torch.randn(outer).bfloat16() if bias else None
    return kernel.of_nf4(packed, state, own_bias), dequantize_4bit(packed, state).double(), own_bias


_IN_4_BITS = {
    "4 bits": {},
    "blocks of 32": {"blocksize": 32},
    "scales in 8 bits": {"compress_statistics": True},
    "stored as bf16": {"quant_storage": torch.bfloat16},
}
WEIGHTS = pytest.mark.parametrize(
    "make",
    [
        pytest.param(in_bf16, id="bf16"),
        *[pytest.param(partial(in_4_bits, **options), id=name) for name, options in _IN_4_BITS.items()],
    ],
)


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
    hidden = (torch.rand((num_tokens, 6)) < 0.5).repeat_interleave(4, dim=1) if has_hidden else None
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
    assert compiled(tmp_path / "kernel") is None
    assert not (tmp_path / "kernel").exists()


def test_a_compiler_that_fails_means_none_and_its_words_are_logged(
    kernel: Kernel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    compiler = tmp_path / "bin" / "gcc"
    compiler.parent.mkdir()
    compiler.write_text("#!/bin/sh\necho omp.h is missing >&2\nexit 1\n", encoding="utf-8")
    compiler.chmod(0o755)
    monkeypatch.setenv("PATH", str(compiler.parent))
    assert compiled(tmp_path / "kernel") is None
    assert list((tmp_path / "kernel").iterdir()) == []
    assert "omp.h is missing" in caplog.text


def test_a_folder_that_cannot_be_written_means_none(kernel: Kernel, tmp_path: Path) -> None:
    (tmp_path / "kernel").write_text("a file stands here", encoding="utf-8")
    assert compiled(tmp_path / "kernel") is None


def test_what_an_older_version_compiled_is_swept(kernel: Kernel, tmp_path: Path) -> None:
    (tmp_path / "kernel-0123456789abcdef.so").write_bytes(b"older")
    assert compiled(tmp_path) is not None
    (library,) = tmp_path.iterdir()
    assert library.name != "kernel-0123456789abcdef.so"


def test_several_processes_may_compile_at_once(kernel: Kernel, tmp_path: Path) -> None:
    code = "import pathlib, sys; from model.engine.kernel import compiled; assert compiled(pathlib.Path(sys.argv[1]))"
    running = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path)]) for _ in range(3)]
    assert [each.wait(60) for each in running] == [0, 0, 0]
    assert len(list(tmp_path.iterdir())) == 1
