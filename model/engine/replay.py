"""Decode passes of fixed shapes, recorded before anybody asks and replayed afterwards: what CUDA graphs are for.

Knows rows, the fixed buffers that a recorded pass reads, and how a smaller batch fills a larger shape. Does not know
how a pass is recorded (``model.engine.capture``), sequences or text.

A recorded pass has as many rows as its shape, wanted or not. The rows nobody wants write behind their row's last token:
an answer's last token is never fed back, so the last place of a row is never anybody's.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from model.engine.attention import Stretch, Window, mask_behind
from model.engine.cache import KVCache
from model.engine.linear import Layers, Route, Wanted

_FIRST_LENGTH = 256  # a pass reads all keys and values of its shape, so that short rows have a shape of their own
_log = logging.getLogger(__name__)

Compute = Callable[[], Tensor]
"""Computes logits from buffers that stay where they are."""
Record = Callable[[Compute], Compute]
"""Watches a pass once; returns what does the same again, on whatever the buffers hold by then."""


class Forward(Protocol):
    """A pass of the model."""

    def __call__(self, new: Window, tokens: Tensor, route: Route) -> Tensor:
        """Return the logits (new tokens, vocab)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """``num_rows`` rows with one new token each, which see at most ``num_tokens``; ``num_ranks`` is 0 on the base."""

    num_rows: int
    num_tokens: int
    num_ranks: int


class Replay:
    """One recorded pass and its buffers."""

    def __init__(self, shape: Shape, cache: KVCache, layers: Layers, forward: Forward, record: Record) -> None:
        self._shape = shape
        self._cache = cache
        self._layers = layers
        self._forward = forward
        self._unwanted = [[0, 0, last, 0, 0] for last in self._last_places()]
        self._numbers = torch.tensor(self._unwanted, device=cache.tokens.device).T.contiguous()
        self._strength = layers.like.new_ones((shape.num_rows, 1))
        self._again = record(self._compute)

    def __call__(self, stretches: Sequence[Stretch], tokens: Sequence[int], wanted: Sequence[Wanted]) -> Tensor:
        """Return the logits (stretches, vocab). They are overwritten by the next pass of the same shape."""
        rows = [
            [token, each.start, each.row * self._cache.row_tokens + each.start, columns.start, columns.stop]
            for each, token, columns in zip(stretches, tokens, map(self._columns, wanted), strict=True)
        ]
        self._numbers.copy_(torch.tensor([*rows, *self._unwanted[len(rows) :]]).T)
        self._strength[: len(rows), 0] = torch.tensor([each.strength for each in wanted]).to(self._strength)
        return self._again()[: len(rows)]

    def _compute(self) -> Tensor:
        tokens, positions, places, begin, end = self._numbers
        route = Route()
        if self._shape.num_ranks:
            columns = torch.arange(self._shape.num_ranks, device=tokens.device)
            hidden = (columns < begin[:, None]) | (columns >= end[:, None])
            route = Route(slice(0, self._shape.num_ranks), hidden, self._strength)
        new = Window(
            cache=self._cache,
            places=places,
            positions=positions,
            num_single=self._shape.num_rows,
            single_mask=mask_behind(positions[:, None, None, None], self._shape.num_tokens, self._cache.keys.dtype),
            num_longest=self._shape.num_tokens,
            longer=(),
        )
        return self._forward(new, tokens, route)

    def _columns(self, wanted: Wanted) -> slice:
        return self._layers.columns(wanted.adapter if wanted.strength else None)

    def _last_places(self) -> Iterator[int]:
        size = self._cache.row_tokens
        return ((row + 1) * size - 1 for row in range(self._shape.num_rows))


class Replays:
    """All recorded passes of one model; the smallest that holds what is wanted is replayed."""

    def __init__(self, max_rows: int, cache: KVCache, layers: Layers, forward: Forward, record: Record) -> None:
        self._layers = layers
        self._num_ranks = layers.num_ranks
        self._replays: dict[Shape, Replay] = {}
        layers.reserve()
        try:
            for shape in _shapes(max_rows, cache.row_tokens, layers.num_ranks):
                self._replays[shape] = Replay(shape, cache, layers, forward, record)
        except RuntimeError as error:
            self._give_up(str(error).partition("\n")[0])
        _log.info("passes recorded shapes=%d", len(self._replays))

    def compute(self, stretches: Sequence[Stretch], tokens: Sequence[int], wanted: Sequence[Wanted]) -> Tensor | None:
        """Return the logits (stretches, vocab), None where nothing that was recorded does this."""
        if self._replays and self._layers.num_ranks != self._num_ranks:
            self._give_up("more adapters than were reserved for")
        num_ranks = self._num_ranks if any(each.adapter and each.strength for each in wanted) else 0
        longest = max(each.stop for each in stretches)
        fitting = (
            shape
            for shape in self._replays  # the smallest first
            if shape.num_rows >= len(stretches) and shape.num_tokens >= longest and shape.num_ranks == num_ranks
        )
        if len(tokens) > len(stretches) or (shape := next(fitting, None)) is None:
            return None
        return self._replays[shape](stretches, tokens, wanted)

    def _give_up(self, reason: str) -> None:
        _log.warning("every step runs operator by operator reason=%s", reason)
        self._replays.clear()


def _shapes(max_rows: int, row_tokens: int, num_ranks: int) -> Iterator[Shape]:
    for rows in _doubling(1, max_rows):
        for tokens in _doubling(_FIRST_LENGTH, row_tokens):
            for ranks in (0, num_ranks):
                yield Shape(num_rows=rows, num_tokens=tokens, num_ranks=ranks)


def _doubling(first: int, last: int) -> Iterator[int]:
    size = first
    while size < last:
        yield size
        size *= 2
    yield last
