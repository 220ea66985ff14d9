"""Decodes many prompts at once and drops each row as it ends.

Knows the forward pass, its cache and sampling. Does not know texts. `generate` computes finished rows along until the
last one ends and sorts the whole vocabulary for top-p; on a CPU both cost more than the rows that are wanted.
Why not the engine: docs/decisions/0006-a-second-sampler.md.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from train.loss import Batch

NUCLEUS = 256
"""How many of the likeliest tokens are looked at for top-p; where they do not hold its mass, all are."""
MAX_ENDED = 0.25
"""Rows that ended are computed along until they are this share: dropping a row copies the whole cache."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """How tokens are drawn; ``temperature`` 0 takes the likeliest. ``has_ended`` reads the ids of one row."""

    temperature: float
    top_p: float
    max_tokens: int
    has_ended: Callable[[list[int]], bool]


def decode(model: Any, batch: Batch, drawing: Drawing, seeds: Sequence[int]) -> list[list[list[int]]]:
    """Return for each seed the ids that follow each row of ``batch``, what ends them included.

    The prompts are read once for all seeds. Equal seeds on equal batches give equal ids.
    """
    rows = _Rows(model, batch, seeds)
    for _ in range(drawing.max_tokens):
        rows.take(drawing)
        if not rows.places:
            break
        rows.step()
    num = len(batch.ids)
    return [rows.ids[start : start + num] for start in range(0, num * len(seeds), num)]


class _Rows:
    """The rows of all seeds, one seed behind the other; ``places`` are those that still run."""

    def __init__(self, model: Any, batch: Batch, seeds: Sequence[int]) -> None:
        num, device = len(batch.ids), batch.ids.device
        self._model = model
        self._generators = [torch.Generator(device).manual_seed(seed) for seed in seeds]
        self._seed_of = [index for index in range(len(seeds)) for _ in range(num)]
        self.ids: list[list[int]] = [[] for _ in self._seed_of]
        self.places = list(range(len(self.ids)))  # rows that are computed
        self._ended: set[int] = set()
        positions = (batch.mask.cumsum(1) - 1).clamp(min=0)
        out = model(
            input_ids=batch.ids, attention_mask=batch.mask, position_ids=positions, use_cache=True, logits_to_keep=1
        )
        repeated = torch.arange(num, device=device).repeat(len(seeds))
        self._cache = out.past_key_values
        self._logits: Tensor = out.logits[:, -1][repeated]  # (rows, vocabulary)
        self._mask, self._next = batch.mask[repeated], positions[repeated, -1]
        if len(seeds) > 1:
            self._cache.batch_select_indices(repeated)

    def take(self, drawing: Drawing) -> None:
        """Draw one token for each running row and drop those that end with it."""
        self._tokens = self._drawn(drawing)
        for place, token in zip(self.places, self._tokens.tolist(), strict=True):
            if place in self._ended:
                continue
            self.ids[place].append(token)
            if drawing.has_ended(self.ids[place]):
                self._ended.add(place)
        if sum(place in self._ended for place in self.places) >= MAX_ENDED * len(self.places):
            self._drop_ended()

    def step(self) -> None:
        """Read the tokens that were drawn."""
        self._mask = torch.cat([self._mask, self._mask.new_ones(len(self._mask), 1)], dim=1)
        self._next = self._next + 1
        out = self._model(
            input_ids=self._tokens[:, None],
            attention_mask=self._mask,
            position_ids=self._next[:, None],
            past_key_values=self._cache,
            use_cache=True,
        )
        self._cache, self._logits = out.past_key_values, out.logits[:, -1]

    def _drawn(self, drawing: Drawing) -> Tensor:
        if drawing.temperature == 0:
            return self._logits.argmax(-1)
        shares, tokens = _nucleus(self._logits.float() / drawing.temperature, drawing.top_p)
        drawn = torch.empty(len(shares), dtype=torch.long, device=shares.device)
        for index, generator in enumerate(self._generators):
            own = [row for row, place in enumerate(self.places) if self._seed_of[place] == index]
            if own:
                drawn[own] = torch.multinomial(shares[own], 1, generator=generator)[:, 0]
        return tokens.gather(1, drawn[:, None])[:, 0]

    def _drop_ended(self) -> None:
        kept = [row for row, place in enumerate(self.places) if place not in self._ended]
        self.places = [self.places[row] for row in kept]
        if not kept:
            return
        rows = torch.tensor(kept, device=self._mask.device)
        self._cache.batch_select_indices(rows)
        self._mask, self._next, self._tokens = self._mask[rows], self._next[rows], self._tokens[rows]


def _nucleus(logits: Tensor, top_p: float) -> tuple[Tensor, Tensor]:
    """Return (shares, tokens) of the smallest set that holds ``top_p`` of the mass, likeliest first: (rows, width)."""
    shares = logits.softmax(-1)
    top, tokens = shares.topk(min(NUCLEUS, shares.shape[-1]))
    if bool((top.sum(-1) < top_p).any()):
        top, tokens = shares.sort(dim=-1, descending=True)
    before = top.cumsum(-1) - top
    return top.masked_fill(before >= top_p, 0.0), tokens
