"""Attention over rows: the tokens of one pass stand in one line, each looks at its own row up to itself.

Knows rows and positions, and how transformers' modules ask for attention. Does not know sequences or adapters.
Nothing is padded: linear layers see exactly the tokens that are new. The rows that decode, which are 0 to n-1, attend
in one call; each longer part attends by itself.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface

from model.engine.cache import KVCache

_NAME = "senpai_rows"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """New tokens at positions ``start`` to ``stop`` of one row."""

    row: int
    start: int
    stop: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What one pass writes and sees. ``num_single`` rows, from row 0 on, have one new token each and stand first.

    ``places`` (new tokens): where each goes, counted through all rows. ``single_mask``: additive (rows, 1, 1, longest).
    ``longer``: each further stretch, with its additive mask (1, 1, new tokens, stop) unless it begins its row.
    """

    cache: KVCache
    places: Tensor
    positions: Tensor
    num_single: int
    single_mask: Tensor | None
    num_longest: int
    longer: tuple[tuple[Stretch, Tensor | None], ...]

    def attend(self, layer: int, query: Tensor, keys: Tensor, values: Tensor, scaling: float | None) -> Tensor:
        """Write the new keys and values; return (1, new tokens, heads, head size).

        All three are (1, heads, new tokens, head size).
        """
        self._write(self.cache.keys[layer], keys)
        self._write(self.cache.values[layer], values)
        num_groups = query.shape[1] // keys.shape[1]
        outputs = [self._single(layer, query, num_groups, scaling)] if self.num_single else []
        at = self.num_single
        for stretch, mask in self.longer:
            end = at + stretch.stop - stretch.start
            outputs.append(self._one(layer, query[:, :, at:end], stretch, mask, scaling))
            at = end
        return outputs[0] if len(outputs) == 1 else torch.cat(outputs, dim=1)

    def _write(self, rows: Tensor, new: Tensor) -> None:
        rows.flatten(0, 1).index_copy_(0, self.places, new[0].transpose(0, 1))

    def _single(self, layer: int, query: Tensor, num_groups: int, scaling: float | None) -> Tensor:
        rows = slice(0, self.num_single)
        keys = self.cache.keys[layer, rows, : self.num_longest].transpose(1, 2)
        values = self.cache.values[layer, rows, : self.num_longest].transpose(1, 2)
        asked = query[0, :, rows].transpose(0, 1)  # (rows, heads, head size)
        asked = asked.reshape(len(asked), -1, num_groups, asked.shape[-1])  # heads of the same keys become tokens
        output = scaled_dot_product_attention(asked, keys, values, attn_mask=self.single_mask, scale=scaling)
        return output.flatten(1, 2)[None]

    def _one(self, layer: int, query: Tensor, stretch: Stretch, mask: Tensor | None, scaling: float | None) -> Tensor:
        keys = self.cache.keys[layer, stretch.row, : stretch.stop].transpose(0, 1)[None]
        values = self.cache.values[layer, stretch.row, : stretch.stop].transpose(0, 1)[None]
        num_groups = query.shape[1] // keys.shape[1]
        if num_groups > 1:
            keys, values = (part.repeat_interleave(num_groups, dim=1) for part in (keys, values))
        output = scaled_dot_product_attention(
            query, keys, values, attn_mask=mask, is_causal=mask is None, scale=scaling
        )
        return output.transpose(1, 2)


def window(cache: KVCache, stretches: Sequence[Stretch]) -> Window:
    """Prepare one pass: positions and masks are made once, for all layers."""
    device, dtype = cache.keys.device, cache.keys.dtype
    num_single = next((at for at, each in enumerate(stretches) if each.stop - each.start > 1), len(stretches))
    positions = torch.tensor([place for each in stretches for place in range(each.start, each.stop)], device=device)
    offsets = [each.row * cache.row_tokens for each in stretches for _ in range(each.start, each.stop)]
    longest = max((each.stop for each in stretches[:num_single]), default=0)
    shortest = min((each.stop for each in stretches[:num_single]), default=0)
    seen = positions[:num_single, None, None, None]
    return Window(
        cache=cache,
        places=positions + torch.tensor(offsets, device=device),
        positions=positions,
        num_single=num_single,
        single_mask=mask_behind(seen, longest, dtype) if shortest < longest else None,
        num_longest=longest,
        longer=tuple((each, _later(each, device, dtype)) for each in stretches[num_single:]),
    )


def _later(stretch: Stretch, device: torch.device, dtype: torch.dtype) -> Tensor | None:
    if stretch.start == 0:
        return None
    places = torch.arange(stretch.start, stretch.stop, device=device)
    return mask_behind(places[None, None, :, None], stretch.stop, dtype)


def mask_behind(seen: Tensor, num_tokens: int, dtype: torch.dtype) -> Tensor:
    """Return an additive mask that hides what stands behind ``seen``, which is (rows, 1, new tokens, 1)."""
    hidden = torch.arange(num_tokens, device=seen.device) > seen
    return torch.zeros(hidden.shape, dtype=dtype, device=seen.device).masked_fill_(hidden, float("-inf"))


@contextmanager
def attention_over_rows(model: Any) -> Iterator[None]:
    """Let ``model`` ask for attention here, as long as passes with a ``window`` run."""
    AttentionInterface.register(_NAME, _attend)
    before = model.config._attn_implementation
    model.config._attn_implementation = _NAME
    try:
        yield
    finally:
        model.config._attn_implementation = before


def _attend(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,  # noqa: ARG001 - transformers makes none for an attention it does not know
    *,
    window: Window,
    scaling: float | None = None,
    **_: Any,
) -> tuple[Tensor, None]:
    return window.attend(module.layer_idx, query, key, value, scaling), None
