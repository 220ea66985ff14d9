"""Runs one model over its rows: reads prompts in parts and computes the next token of all rows in one pass.

Knows the model, its KV rows and which adapter each row uses. Does not know who waits, text or checkpoints.
"""

import logging
from collections.abc import Iterable
from typing import Any, Protocol

import torch
from torch import Tensor

from model.engine.cache import KVCache, Window, fit, free_bytes, shape_of
from model.engine.routing import Routing, Wanted
from model.engine.sampler import Batch, sample
from model.engine.scheduler import Move, Prefill
from model.engine.sequence import Sequence

_log = logging.getLogger(__name__)


class Loaded(Protocol):
    """What the loader hands over; ``model`` becomes a PEFT model once an adapter is attached."""

    model: Any


def open_runner(loaded: Loaded) -> "TorchRunner":
    """Reserve as many rows as fit beside ``loaded``. Raises NotEnoughMemory."""
    model = loaded.model
    shape = shape_of(model.config, model.get_input_embeddings().weight.dtype)
    num_rows, row_tokens = fit(shape, free_bytes(model.device), model.config.max_position_embeddings)
    _log.info(
        "rows reserved rows=%d tokens=%d bytes=%d", num_rows, row_tokens, num_rows * row_tokens * shape.token_bytes
    )
    return TorchRunner(loaded, KVCache(shape, num_rows, row_tokens, model.device))


class TorchRunner:
    """Unmodified transformers modules over static rows; each row goes through its own adapter."""

    def __init__(self, loaded: Loaded, cache: KVCache) -> None:
        self._loaded = loaded
        self._cache = cache
        self._device = cache.tokens.device
        self._routing = Routing()

    @property
    def num_rows(self) -> int:
        """How many sequences fit at once."""
        return self._cache.num_rows

    @property
    def row_tokens(self) -> int:
        """How many tokens fit into one row."""
        return self._cache.row_tokens

    def move(self, moves: Iterable[Move]) -> None:
        """Copy rows, in order."""
        for move in moves:
            self._cache.move(move.source, move.target, move.num_tokens)

    def prefill(self, prefill: Prefill) -> bool:
        """Read a part of one prompt into its row; False, with the row zeroed, where the numbers are not finite."""
        sequence = prefill.sequence
        row = sequence.row or 0
        tokens = self._tensor([sequence.prompt[prefill.start : prefill.stop]])
        positions = torch.arange(prefill.start, prefill.stop, device=self._device)[None]
        window = self._cache.window(row, tokens, positions, prefill.stop)
        is_finite = bool(self._forward(window, tokens, positions, [_wanted(sequence)]).isfinite().all())
        if not is_finite:
            self._cache.clear(row)
        return is_finite

    def decode(self, sequences: tuple[Sequence, ...]) -> list[int | None]:
        """Return the next token of rows 0 to n-1, None where the logits are not finite."""
        lengths = self._tensor([sequence.num_tokens for sequence in sequences])
        inputs = self._tensor([[sequence.last_token] for sequence in sequences])
        positions = lengths[:, None] - 1
        window = self._cache.window(0, inputs, positions, max(sequence.num_tokens for sequence in sequences))
        logits = self._forward(window, inputs, positions, [_wanted(sequence) for sequence in sequences])
        batch = Batch(
            tokens=window.tokens,
            num_tokens=lengths,
            num_prompt_tokens=self._tensor([len(sequence.prompt) for sequence in sequences]),
            samplings=[sequence.sampling for sequence in sequences],
            draws=[sequence.draw() for sequence in sequences],
        )
        chosen = sample(logits, batch)
        for row, token in enumerate(chosen):
            if token is None:
                self._cache.clear(row)
        return chosen

    @torch.no_grad()
    def _forward(self, window: Window, tokens: Tensor, positions: Tensor, wanted: list[Wanted]) -> Tensor:
        """Return the logits (rows, vocab) behind the last of ``tokens`` (rows, new tokens)."""
        self._routing.follow(self._loaded.model)
        self._routing.assign(wanted, self._tensor)
        output = self._loaded.model(
            input_ids=tokens,
            attention_mask=window.mask(),
            position_ids=positions,
            past_key_values=window,
            use_cache=True,
            logits_to_keep=1,
        )
        logits: Tensor = output.logits[:, -1]
        return logits

    def _tensor(self, values: list[Any]) -> Tensor:
        return torch.tensor(values, device=self._device)


def _wanted(sequence: Sequence) -> Wanted:
    """Return which adapter a sequence goes through, and at which strength."""
    return sequence.adapter, sequence.sampling.strength
