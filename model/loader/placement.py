"""Where and in which precision a model computes, and how 4-bit weights lie in memory.

Knows devices, memory and what was measured about them. Does not load anything.
"""

from dataclasses import dataclass
from typing import Literal

import torch
from bitsandbytes.functional import has_avx512bf16

from model.loader.error import LoaderError
from model.memory import total_bytes

Quantization = Literal["4bit", "8bit", "none"]
Purpose = Literal["serve", "train"]

MIN_ROWS_DEQUANTISED = 8
"""From this many rows on a bf16 copy is the better choice on a CPU (docs/decisions/0003-4-bit-on-a-cpu.md)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How 4-bit weights lie: as they are, ``packed`` for the CPU's own kernel, or as a ``dequantised`` copy."""

    dequantised: bool = False
    packed: bool = False
    reason: str


def layout_of_4bit(
    *, device: str, purpose: Purpose, rows: int, has_bf16: bool, copy_fits: bool, is_read_as_is: bool = False
) -> Layout:
    """Choose how 4-bit weights lie in memory.

    ``has_bf16`` says whether the CPU multiplies bf16 itself, ``copy_fits`` whether a dequantised copy leaves room,
    ``is_read_as_is`` whether whoever computes has a kernel of its own for 4 bits.
    """
    if device != "cpu":
        return Layout(reason="The GPU computes on 4-bit weights as they are.")
    if purpose == "train":
        return Layout(reason="Training needs gradients, which packed weights lose.")
    if is_read_as_is and has_bf16:
        return Layout(reason="The engine's own kernel reads 4-bit weights fastest as they are.")
    if has_bf16 and rows < MIN_ROWS_DEQUANTISED:
        return Layout(packed=True, reason=f"At {rows} rows this CPU is fastest on packed 4-bit weights.")
    if copy_fits:
        return Layout(dequantised=True, reason=f"At {rows} rows this CPU is faster on a dequantised copy.")
    return Layout(packed=has_bf16, reason="A dequantised copy would fill more than half of the memory.")


def choose_device(device: str) -> str:
    """Return cpu, cuda or cuda:N for a wish that may be auto. Raises LoaderError when there is no such device."""
    if computes_on_cpu(device):
        return "cpu"
    if torch.cuda.is_available() and (device == "auto" or device.startswith("cuda")):
        return "cuda" if device == "auto" else device
    raise LoaderError(f"There is no device {device!r} here: use auto or cpu, or install a torch that sees the GPU.")


def computes_on_cpu(device: str) -> bool:
    """Return whether a wish that may be auto leads to the CPU."""
    return device == "cpu" or (device == "auto" and not torch.cuda.is_available())


def torch_device(device: str) -> torch.device:
    """Return the device a wish leads to, as torch names it. Raises LoaderError."""
    return torch.device(choose_device(device))


def dtype_for(
    stored: torch.dtype | None, *, device: str, purpose: Purpose, quantization: Quantization, has_bf16: bool
) -> torch.dtype:
    """Return the precision to compute in.

    Unquantised weights train in fp32, since small updates vanish in less, and serve in fp32 when stored so. All else is
    bf16 where the machine multiplies it itself, otherwise fp16 on a GPU and fp32 on a CPU.
    """
    if quantization == "none" and (purpose == "train" or stored in {None, torch.float32}):
        return torch.float32
    if device == "cpu":
        return torch.bfloat16 if has_bf16 else torch.float32
    return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float16


def multiplies_bf16() -> bool:
    """Return whether this CPU has AVX512-BF16, which is also what bitsandbytes' packed kernel needs."""
    return bool(has_avx512bf16())  # type: ignore[no-untyped-call]


def short(dtype: torch.dtype) -> str:
    """Return the name people use: fp32, bf16, fp16."""
    return {torch.float32: "fp32", torch.bfloat16: "bf16", torch.float16: "fp16"}[dtype]


def fits_in_memory(num_bytes: int) -> bool:
    """Return whether that much leaves the other half of this machine's or its container's memory alone."""
    return num_bytes < total_bytes() / 2
