"""Products of a few tokens with 16-bit or 4-bit weights, compiled from ``kernel.c`` by the machine's own C compiler.

Knows the compiler, where its work is kept, and the order in which weights are read. Does not know modules or models.
Where there is no compiler or another kind of CPU only speed is lost (docs/decisions/0007-a-kernel-of-our-own.md).
"""

import ctypes
import hashlib
import logging
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import torch
from bitsandbytes.functional import dequantize_blockwise
from torch import Tensor
from torch.nn.functional import pad

from model.compiler import c_compiler
from model.files import sync

_log = logging.getLogger(__name__)

_FLAGS = ("-O3", *(f"-mavx512{part}" for part in ("f", "bw", "dq", "vl")), "-mfma", "-fPIC", "-fopenmp")
_COMPILING_S = 60
_PANEL = 32

Product = Callable[[Tensor], Tensor]
"""Computes (…, outer) from (…, inner)."""


def is_for_this_cpu() -> bool:
    """Return whether there is AVX512-BF16, without which models compute in fp32, and no AMX, which is faster yet."""
    return torch.cpu._is_avx512_bf16_supported() and not torch.cpu._is_amx_tile_supported()


def compiled(folder: Path) -> "Kernel | None":
    """Return the kernel, compiled into ``folder`` at the first call; None where it cannot be had, which is logged."""
    if not is_for_this_cpu():
        return None
    source, openmp = files(__package__).joinpath("kernel.c").read_bytes(), _openmp()
    digest = hashlib.sha256(b"\0".join([source, repr((_FLAGS, str(openmp))).encode()])).hexdigest()
    library = folder / f"kernel-{digest[:16]}.so"
    try:
        with suppress(OSError):  # there is none yet, or a damaged one
            return Kernel(library)
        return _compile(source, openmp, library)
    except (OSError, subprocess.SubprocessError) as error:
        _log.warning("no kernel of our own, so the CPU answers more slowly reason=%s", _reason(error))
        return None


class Kernel:
    """The compiled code. Its products use as many threads as torch does; they have no gradient."""

    def __init__(self, library: Path) -> None:
        """Raises OSError where ``library`` is none."""
        code = ctypes.CDLL(str(library))
        self._multiply, self._add_low_rank = code.product, code.add_low_rank
        self._multiply.argtypes = (*[ctypes.c_void_p] * 3, ctypes.c_int64, ctypes.c_int)
        self._add_low_rank.argtypes = (*[ctypes.c_void_p] * 6, *[ctypes.c_int64] * 5, ctypes.c_int)

    def of_bf16(self, weight: Tensor, bias: Tensor | None) -> Product:
        """Return the product with (outer, inner) weights in bf16."""
        left, right = _halves(weight.view(torch.int16))
        words = _by_steps(torch.stack([left, right], dim=-1))
        return self._product(weight.shape, 0, words, None, None, _plain(bias))

    def of_nf4(self, packed: Tensor, state: Any, bias: Tensor | None) -> Product:
        """Return the product with weights as bitsandbytes keeps them in 4 bits; their rows end with a block."""
        outer, inner = state.shape
        scales = dequantize_blockwise(state.absmax, state.state2) + state.offset if state.nested else state.absmax
        scales = _whole_panels(scales.float().view(outer, -1)).view(-1, _PANEL, inner // state.blocksize)
        left, right = _halves(packed.view(torch.uint8).view(outer, inner // 2))  # two weights a byte, the first above
        words = _by_steps(torch.stack([left >> 4 | right & 0xF0, left & 0x0F | right << 4], dim=-1))
        code = state.code.float().contiguous()
        return self._product(
            state.shape, state.blocksize, words, scales.transpose(1, 2).contiguous(), code, _plain(bias)
        )

    def add_low_rank(
        self, y: Tensor, x: Tensor, down: Tensor, up: Tensor, *, hidden: Tensor | None, strength: Tensor | None
    ) -> Tensor:
        """Add to y (…, outer) what x (…, inner), both in bf16, is by way of ``down`` and ``up``; return it.

        ``down``: (ranks, inner) and ``up``: (ranks, outer), in fp32, their ranks in fours that are hidden or not
        together; ``hidden`` and ``strength`` as a route has them.
        """
        x = x.contiguous()
        (ranks, inner), outer = down.shape, up.shape[1]
        pointers = [None if each is None else each.data_ptr() for each in (x, y, down, up, hidden, strength)]
        sizes = (x.numel() // inner, inner, outer, y.stride(-2), ranks)
        if self._add_low_rank(*pointers, *sizes, torch.get_num_threads()):
            raise MemoryError(f"There is no memory for an adapter on {tuple(x.shape)} numbers.")
        return y

    def _product(self, shape: torch.Size, block: int, *parts: Tensor | None) -> Product:
        """``parts``: words, scales, code and bias as ``kernel.c`` has them."""
        outer, inner = shape
        matrix = _Matrix(*[None if part is None else part.data_ptr() for part in parts], inner, outer, block)
        return _Multiplication(self._multiply, matrix, outer, parts)


@dataclass(frozen=True, slots=True)
class _Multiplication:
    multiply: Callable[..., int]
    matrix: "_Matrix"
    outer: int
    parts: tuple[Tensor | None, ...]  # what the matrix points into

    def __call__(self, x: Tensor) -> Tensor:
        rows = x.to(torch.bfloat16).contiguous()
        y = rows.new_empty((*x.shape[:-1], self.outer))
        pointers = ctypes.addressof(self.matrix), rows.data_ptr(), y.data_ptr()
        if self.multiply(*pointers, y.numel() // self.outer, torch.get_num_threads()):
            raise MemoryError(f"There is no memory to multiply {tuple(x.shape)} numbers.")
        return y.to(x.dtype)


class _Matrix(ctypes.Structure):
    """What ``kernel.c`` calls a matrix."""

    _fields_ = (
        *[(name, ctypes.c_void_p) for name in ("words", "scales", "code", "bias")],
        *[(name, ctypes.c_int64) for name in ("inner", "outer", "block")],
    )


def _plain(bias: Tensor | None) -> Tensor | None:
    return None if bias is None else bias.float().contiguous()


def _halves(rows: Tensor) -> tuple[Tensor, Tensor]:
    """Return the left and the right columns of each panel, (panels, 16, …), of rows that are its columns."""
    left, right = _whole_panels(rows).view(-1, 2, _PANEL // 2, rows.shape[1]).unbind(1)
    return left, right


def _by_steps(columns: Tensor) -> Tensor:
    """Return (panels, 16, …) as words of 32 bits, (panels, steps along the inner dimension, 16)."""
    return columns.flatten(2).view(torch.int32).transpose(1, 2).contiguous()


def _whole_panels(rows: Tensor) -> Tensor:
    """Return (outer, …) with rows of zeros below where whole panels need them."""
    return pad(rows, (0, 0, 0, -len(rows) % _PANEL)) if len(rows) % _PANEL else rows


def _openmp() -> Path | None:
    """Return the OpenMP library torch runs on: a second one would keep threads busy that torch needs."""
    package = Path(torch.__file__).parent
    return next(iter(sorted([*package.glob("lib/libgomp*"), *package.parent.glob("torch.libs/libgomp*")])), None)


def _compile(source: bytes, openmp: Path | None, library: Path) -> Kernel:
    """Write ``library``, whole and tried or not at all, in the place of older ones. Raises OSError, SubprocessError."""
    compiler = c_compiler()
    if compiler is None or openmp is None:
        raise FileNotFoundError("no libgomp beside torch" if compiler else "no C compiler")
    library.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=library.parent) as folder:  # others may compile at the same time
        code, whole = Path(folder, "kernel.o"), Path(folder, "kernel.so")
        for arguments in ([*_FLAGS, "-xc", "-c", "-", "-o", code], ["-shared", code, openmp, "-o", whole]):
            command = [compiler, *map(str, arguments)]
            subprocess.run(command, input=source, check=True, capture_output=True, timeout=_COMPILING_S)
        kernel = Kernel(whole)
        sync(whole)
        whole.replace(library)
    for older in library.parent.glob("kernel-*.so"):
        if older != library:
            older.unlink(missing_ok=True)
    return kernel


def _reason(error: Exception) -> str:
    said = error.stderr.decode(errors="replace") if isinstance(error, subprocess.CalledProcessError) else str(error)
    return next(iter(said.strip().splitlines()), type(error).__name__)
