"""Keys, values and tokens of every row, in memory that is reserved once and taken page by page as rows fill.

Knows rows, positions and how many of them fit into memory. Does not know sequences, adapters or attention.
"""

import mmap
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from model import memory
from model.engine.rows import Move, Swap

MAX_ROWS = 32
"""Twice as many as run at once: the others keep what conversations left there."""
_ENOUGH_ROWS = 4
_MAX_ROW_TOKENS = 2048
_SHARE = 0.5  # of the free memory; the rest stays free for activations and for a second model beside this one


class NotEnoughMemory(RuntimeError):
    """Not even one row fits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What one token costs: layers, key/value heads, their size, the number type."""

    num_layers: int
    num_heads: int
    head_size: int
    dtype: torch.dtype

    @property
    def token_bytes(self) -> int:
        """Return the bytes of one token's keys and values."""
        return 2 * self.num_layers * self.num_heads * self.head_size * self.dtype.itemsize


def shape_of(config: Any, dtype: torch.dtype) -> Shape:
    """Read the shape from a transformers config of the Llama or GPT-2 kind."""
    num_heads = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
    head_size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    return Shape(num_layers=config.num_hidden_layers, num_heads=num_heads, head_size=head_size, dtype=dtype)


def fit(shape: Shape, free_bytes: int, max_position: int) -> tuple[int, int]:
    """Return (rows, tokens of a row) for ``free_bytes``: shorter rows before fewer than four of them.

    Raises NotEnoughMemory when no row of a quarter of the full length fits.
    """
    budget = int(free_bytes * _SHARE)
    longest = min(max_position, _MAX_ROW_TOKENS)
    rows = 0
    for row_tokens in (longest, longest // 2, longest // 4):
        rows = min(MAX_ROWS, budget // (row_tokens * shape.token_bytes))
        if rows >= _ENOUGH_ROWS:
            return rows, row_tokens
    if rows == 0:
        raise NotEnoughMemory(
            f"{free_bytes >> 20} MiB of memory are free, too little for one conversation beside the model: "
            "close other programs or use a smaller base."
        )
    return rows, row_tokens


def free_bytes(device: torch.device) -> int:
    """Return how much memory is free on ``device`` now."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    return memory.free_bytes()


class KVCache:
    """Static rows: ``keys`` and ``values`` are (layers, rows, tokens, heads, head size), ``tokens`` (rows, tokens)."""

    def __init__(self, shape: Shape, num_rows: int, row_tokens: int, device: torch.device) -> None:
        size = (shape.num_layers, num_rows, row_tokens, shape.num_heads, shape.head_size)
        self.num_rows = num_rows
        self.row_tokens = row_tokens
        self.keys = zeros(size, shape.dtype, device)
        self.values = zeros(size, shape.dtype, device)
        self.tokens = torch.zeros((num_rows, row_tokens), dtype=torch.long, device=device)

    def apply(self, moves: Iterable[Move | Swap]) -> None:
        """Carry out moves and swaps, in order."""
        for move in moves:
            if isinstance(move, Swap):
                self._write(move.other, *self._exchange(move))
            else:
                self._write(move.target, *self._read(move.source, move.num_tokens))

    def clear(self, row: int) -> None:
        """Zero a row that held numbers that are not finite: masked or not, they would spoil whoever comes next."""
        self.keys[:, row] = 0
        self.values[:, row] = 0

    def _exchange(self, swap: Swap) -> tuple[Tensor, ...]:
        """Put the second row's content into the first; return what stood there."""
        before = tuple(part.clone() for part in self._read(swap.one, swap.num_tokens))
        self._write(swap.one, *self._read(swap.other, swap.num_tokens))
        return before

    def _read(self, row: int, num_tokens: int) -> tuple[Tensor, Tensor, Tensor]:
        return self.keys[:, row, :num_tokens], self.values[:, row, :num_tokens], self.tokens[row, :num_tokens]

    def _write(self, row: int, keys: Tensor, values: Tensor, tokens: Tensor) -> None:
        self.keys[:, row, : len(tokens)] = keys
        self.values[:, row, : len(tokens)] = values
        self.tokens[row, : len(tokens)] = tokens


def zeros(size: tuple[int, ...], dtype: torch.dtype, device: torch.device) -> Tensor:
    """Return zeros; on a CPU in pages that the system hands out when they are first written.

    ``torch.zeros`` writes them all at once, which for rows means memory for conversations that nobody has yet.
    """
    num_bytes = dtype.itemsize * torch.Size(size).numel()
    if device.type != "cpu" or num_bytes < mmap.PAGESIZE:
        return torch.zeros(size, dtype=dtype, device=device)
    return torch.frombuffer(mmap.mmap(-1, num_bytes), dtype=dtype).view(size)
