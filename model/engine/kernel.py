"""Products of a few tokens with 16-bit or 4-bit weights, compiled from ``kernel.c`` by the machine's own C compiler.

Knows the compiler, where its work is kept, and the order in which weights are read. Does not know modules or models.
Where there is no compiler or another kind of CPU only speed is lost (docs/decisions/0007-a-kernel-of-our-own.md).
"""

import ctypes
import hashlib
import logging
import os
import platform
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import torch
from bitsandbytes.functional import dequantize_blockwise
from torch import Tensor
from torch.nn.functional import pad

from model.compiler import c_compiler

_log = logging.getLogger(__name__)

_FLAGS = ("-O3", *(f"-mavx512{part}" for part in ("f", "bw", "dq", "vl")), "-mfma", "-fPIC", "-fopenmp")
_PANEL = 32
_STEP = 4  # along the inner dimension, in one word of 4-bit weights

Product = Callable[[Tensor], Tensor]
"""Computes (…, outer) from (…, inner)."""


def cache_folder() -> Path:
    """Return the folder in which compiled code may be kept, as the XDG base directory specification names it."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "senpai-bot"


def compiled(folder: Path) -> "Kernel | None":
    """Return the kernel, compiled into ``folder`` at the first call; None where it cannot be had, which is logged.

    CPUs with AMX go without: they multiply bf16 faster by themselves, and nothing was measured on one.
    """
    if torch.backends.cpu.get_cpu_capability() != "AVX512" or torch.cpu._is_amx_tile_supported():
        return None
    source = files(__package__).joinpath("kernel.c").read_bytes()
    openmp = _openmp()
    digest = hashlib.sha256(b"\0".join([source, repr((_FLAGS, str(openmp))).encode()])).hexdigest()
    library = folder / f"kernel-{platform.machine()}-{digest[:16]}.so"
    try:
        if not library.exists():
            _compile(source, openmp, library)
        return Kernel(library)
    except (OSError, subprocess.CalledProcessError) as error:
        _log.info("no kernel of our own error=%s", type(error).__name__)
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
        inner = weight.shape[1]
        rows = _whole_panels(weight).view(torch.int16)
        words = rows.view(-1, 2, _PANEL // 2, inner).permute(0, 3, 2, 1).contiguous()
        return self._product(weight.shape, 0, words, None, None, _plain(bias))

    def of_nf4(self, packed: Tensor, state: Any, bias: Tensor | None) -> Product:
        """Return the product with weights as bitsandbytes keeps them in 4 bits; their rows end with a block."""
        outer, inner = state.shape
        scales = dequantize_blockwise(state.absmax, state.state2) + state.offset if state.nested else state.absmax
        scales = _whole_panels(scales.float().view(outer, -1)).view(-1, _PANEL, inner // state.blocksize)
        halves = _whole_panels(torch.stack([packed.view(-1) >> 4, packed.view(-1) & 15], dim=-1).view(outer, inner))
        # (panel, left or right, column, inner / 4, step) to (panel, inner / 4, column, step, left or right)
        halves = halves.view(-1, 2, _PANEL // 2, inner // _STEP, _STEP).permute(0, 3, 2, 4, 1)
        words = (halves[..., 0] | halves[..., 1] << 4).contiguous()
        code = state.code.float().contiguous()
        return self._product(
            state.shape, state.blocksize, words, scales.transpose(1, 2).contiguous(), code, _plain(bias)
        )

    def add_low_rank(
        self, y: Tensor, x: Tensor, down: Tensor, up: Tensor, *, hidden: Tensor | None, strength: Tensor | None
    ) -> Tensor:
        """Add to y (…, outer) what x (…, inner), both in bf16, is by way of ``down`` and ``up``; return it.

        ``down``: (ranks, inner) and ``up``: (ranks, outer), in fp32; ``hidden`` and ``strength`` as a route has them.
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


def _whole_panels(rows: Tensor) -> Tensor:
    """Return (outer, …) with rows of zeros below, so that whole panels come of it."""
    return pad(rows, (0, 0, 0, -len(rows) % _PANEL))


def _openmp() -> Path | None:
    """Return the OpenMP library torch runs on: a second one would keep threads busy that torch needs."""
    package = Path(torch.__file__).parent
    return next(iter(sorted([*package.glob("lib/libgomp*"), *package.parent.glob("torch.libs/libgomp*")])), None)


def _compile(source: bytes, openmp: Path | None, library: Path) -> None:
    """Write ``library``, whole or not at all. Raises OSError or CalledProcessError."""
    compiler = c_compiler()
    if compiler is None or openmp is None:
        raise FileNotFoundError(f"There is no {'C compiler' if openmp else 'libgomp'} here.")
    library.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=library.parent) as folder:
        code, whole = Path(folder, "kernel.o"), Path(folder, "kernel.so")
        subprocess.run([compiler, *_FLAGS, "-xc", "-c", "-", "-o", code], input=source, check=True, capture_output=True)
        subprocess.run([compiler, "-shared", code, openmp, "-o", whole], check=True, capture_output=True)
        whole.rename(library)
