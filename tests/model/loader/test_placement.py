"""How 4-bit weights lie in memory: the table that the loader follows."""

import pytest
import torch

from model.loader.placement import Purpose, dtype_for, fits_in_memory, layout_of_4bit


@pytest.mark.parametrize(
    ("device", "purpose", "rows", "has_bf16", "copy_fits", "expected"),
    [
        ("cuda", "serve", 16, True, True, "as they are"),
        ("cuda", "train", 1, True, True, "as they are"),
        ("cpu", "train", 1, True, True, "as they are"),
        ("cpu", "serve", 1, True, True, "packed"),
        ("cpu", "serve", 7, True, False, "packed"),
        ("cpu", "serve", 8, True, True, "dequantised"),
        ("cpu", "serve", 8, True, False, "packed"),
        ("cpu", "serve", 1, False, True, "dequantised"),
        ("cpu", "serve", 1, False, False, "as they are"),
    ],
)
def test_4_bit_weights_lie_where_they_are_fastest_and_fit(
    device: str, purpose: Purpose, rows: int, has_bf16: bool, copy_fits: bool, expected: str
) -> None:
    layout = layout_of_4bit(device=device, purpose=purpose, rows=rows, has_bf16=has_bf16, copy_fits=copy_fits)
    assert expected == ("packed" if layout.packed else "dequantised" if layout.dequantised else "as they are")
    assert layout.reason.endswith(".")


@pytest.mark.parametrize(
    ("device", "purpose", "has_bf16", "expected"),
    [
        ("cpu", "serve", True, "as they are"),
        ("cpu", "serve", False, "dequantised"),
        ("cpu", "train", True, "as they are"),
        ("cuda", "serve", True, "as they are"),
    ],
)
@pytest.mark.parametrize("rows", [1, 16])
def test_4_bit_weights_that_the_engine_reads_itself_lie_as_they_are(
    device: str, purpose: Purpose, has_bf16: bool, expected: str, rows: int
) -> None:
    layout = layout_of_4bit(
        device=device, purpose=purpose, rows=rows, has_bf16=has_bf16, copy_fits=True, is_read_as_is=True
    )
    assert expected == ("packed" if layout.packed else "dequantised" if layout.dequantised else "as they are")


@pytest.mark.parametrize(
    ("stored", "purpose", "quantization", "has_bf16", "expected"),
    [
        (torch.bfloat16, "train", "none", True, torch.float32),
        (torch.float32, "serve", "none", True, torch.float32),
        (None, "serve", "none", True, torch.float32),
        (torch.float16, "serve", "none", True, torch.bfloat16),
        (torch.float16, "serve", "none", False, torch.float32),
        (torch.float32, "serve", "4bit", True, torch.bfloat16),
        (torch.bfloat16, "train", "4bit", False, torch.float32),
    ],
)
def test_a_cpu_computes_in_what_it_multiplies_itself(
    stored: torch.dtype | None, purpose: Purpose, quantization: str, has_bf16: bool, expected: torch.dtype
) -> None:
    chosen = dtype_for(stored, device="cpu", purpose=purpose, quantization=quantization, has_bf16=has_bf16)  # type: ignore[arg-type]
    assert chosen is expected


def test_half_of_the_memory_is_left_to_others() -> None:
    assert fits_in_memory(1 << 20)
    assert not fits_in_memory(1 << 50)
