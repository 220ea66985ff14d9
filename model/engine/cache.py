"""Keys, values and tokens of every row, in memory that is reserved once.

Knows rows, positions and how many of them fit into memory. Does not know sequences, adapters or attention.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

MAX_ROWS = 16
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
    meminfo = Path("/proc/meminfo")
    if not meminfo.exists():
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    available = next(line for line in meminfo.read_text().splitlines() if line.startswith("MemAvailable:"))
    return int(available.split()[1]) * 1024


class KVCache:
    """Static rows. ``keys`` and ``values`` hold one (rows, heads, tokens, head size) tensor for each layer."""

    def __init__(self, shape: Shape, num_rows: int, row_tokens: int, device: torch.device) -> None:
        size = (num_rows, shape.num_heads, row_tokens, shape.head_size)
        self.num_rows = num_rows
        self.row_tokens = row_tokens
        self.keys = [torch.zeros(size, dtype=shape.dtype, device=device) for _ in range(shape.num_layers)]
        self.values = [torch.zeros(size, dtype=shape.dtype, device=device) for _ in range(shape.num_layers)]
        self.tokens = torch.zeros((num_rows, row_tokens), dtype=torch.long, device=device)

    def move(self, source: int, target: int, num_tokens: int) -> None:
        """Copy the first ``num_tokens`` of row ``source`` to row ``target``."""
        for layer in (*self.keys, *self.values):
            layer[target, :, :num_tokens] = layer[source, :, :num_tokens]
        self.tokens[target, :num_tokens] = self.tokens[source, :num_tokens]

    def clear(self, row: int) -> None:
        """Zero a row that held numbers that are not finite: masked or not, they would spoil whoever comes next."""
        for layer in (*self.keys, *self.values):
            layer[row] = 0

    def window(self, first_row: int, tokens: Tensor, positions: Tensor, num_tokens: int) -> "Window":
        """Open rows ``first_row`` onwards for ``tokens`` at ``positions``, both (rows, new tokens).

        ``num_tokens`` is the length of the longest row then: the last position plus one.
        """
        return Window(self, first_row, tokens, positions, num_tokens)


class Window:
    """The rows one forward pass sees, as transformers' modules want a cache to look.

    Row b of the batch is row ``first_row`` + b; its new tokens stand at ``positions[b]``.
    """

    is_compileable = False

    def __init__(self, cache: KVCache, first_row: int, tokens: Tensor, positions: Tensor, num_tokens: int) -> None:
        self._cache = cache
        self._rows = slice(first_row, first_row + len(positions))
        self._row_index = torch.arange(self._rows.start, self._rows.stop, device=positions.device)[:, None]
        self._positions = positions
        self._num_tokens = num_tokens
        cache.tokens[self._row_index, positions] = tokens

    @property
    def tokens(self) -> Tensor:
        """Return the tokens so far, (rows, longest), meaningless behind each row's own length."""
        return self._cache.tokens[self._rows, : self._num_tokens]

    def mask(self) -> Tensor:
        """Return what each new token may look at: its row up to itself. Additive, (rows, 1, new tokens, longest)."""
        dtype = self._cache.keys[0].dtype
        column = torch.arange(self._num_tokens, device=self._positions.device)
        hidden = column[None, None, None, :] > self._positions[:, None, :, None]
        return torch.zeros(hidden.shape, dtype=dtype, device=hidden.device).masked_fill_(hidden, torch.finfo(dtype).min)

    def update(self, keys: Tensor, values: Tensor, layer: int, *_: Any, **__: Any) -> tuple[Tensor, Tensor]:
        """Write (rows, heads, new tokens, head size) at the new positions; return each row from its beginning."""
        self._cache.keys[layer][self._row_index, :, self._positions] = keys.transpose(1, 2)
        self._cache.values[layer][self._row_index, :, self._positions] = values.transpose(1, 2)
        return self._read(self._cache.keys[layer]), self._read(self._cache.values[layer])

    def get_seq_length(self, *_: Any) -> int:
        """Return the longest row's length before this pass, for modules that ask."""
        return self._num_tokens - self._positions.shape[1]

    def _read(self, layer: Tensor) -> Tensor:
        return layer[self._rows, :, : self._num_tokens]
