"""Runs one model over its rows: all that is new, of prompts and answers alike, in one pass.

Knows the model, its KV rows and which adapter each row uses. Does not know who waits, text or checkpoints.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import torch
from torch import Tensor

from model.engine.attention import Stretch, Window, attention_over_rows, window
from model.engine.cache import KVCache, fit, free_bytes, shape_of
from model.engine.capture import recorder
from model.engine.kernel import Kernel
from model.engine.linear import Delta, Layers, Route, Wanted
from model.engine.replay import Record, Replays
from model.engine.rows import Move, Swap, weights_of
from model.engine.sampler import Batch, sample
from model.engine.scheduler import MAX_RUNNING, Part

_log = logging.getLogger(__name__)


class Loaded(Protocol):
    """What the loader hands over."""

    model: Any


def open_runner(
    loaded: Loaded,
    *,
    keep_plain: bool = False,
    fuse: bool | None = None,
    kernel: Kernel | None = None,
    record: bool = True,
) -> "TorchRunner":
    """Reserve as many rows as fit beside ``loaded``. Raises NotEnoughMemory.

    ``keep_plain``: the model also answers others than the runner, so its weights must stay as they are.
    ``fuse``: whether layers that read the same input become one product; None where that is faster.
    ``kernel``: the products of our own, taken for a model on a CPU alone.
    ``record``: whether decode passes are recorded on a GPU before the first request, which takes seconds.
    """
    model = loaded.model
    kernel = kernel if model.device.type == "cpu" else None
    layers = Layers(model, keep_plain=keep_plain, fuse=fuse, kernel=kernel)
    shape = shape_of(model.config, model.get_input_embeddings().weight.dtype)
    num_rows, row_tokens = fit(shape, free_bytes(model.device), model.config.max_position_embeddings)
    _log.info(
        "rows reserved rows=%d tokens=%d bytes=%d", num_rows, row_tokens, num_rows * row_tokens * shape.token_bytes
    )
    _log.info("weights laid out fused=%s own_kernel=%s", layers.is_fused, kernel is not None)
    cache = KVCache(shape, num_rows, row_tokens, model.device)
    return TorchRunner(layers, cache, recorder(model.device) if record else None)


class TorchRunner:
    """Unmodified transformers modules over static rows; each row goes through its own adapter."""

    def __init__(self, layers: Layers, cache: KVCache, record: Record | None = None) -> None:
        self._layers = layers
        self._cache = cache
        self._device = cache.tokens.device
        max_rows = min(MAX_RUNNING, cache.num_rows)
        self._replays = Replays(max_rows, cache, layers, self._forward, record) if record else None

    @property
    def num_rows(self) -> int:
        """How many sequences' tokens can be held at once."""
        return self._cache.num_rows

    @property
    def is_fused(self) -> bool:
        """Whether layers that read the same input are one product."""
        return self._layers.is_fused

    @property
    def row_tokens(self) -> int:
        """How many tokens fit into one row."""
        return self._cache.row_tokens

    def attach(self, adapter: str, weights: Mapping[str, Delta]) -> None:
        """Let sequences go through ``adapter``."""
        self._layers.attach(adapter, weights)

    def detach(self, adapter: str) -> None:
        """Forget ``adapter``; nobody goes through it."""
        self._layers.detach(adapter)

    def move(self, moves: Iterable[Move | Swap]) -> None:
        """Carry out moves, in order."""
        self._cache.apply(moves)

    def run(self, parts: Sequence[Part]) -> list[int | None]:
        """Compute each part in its row (row = index) and return the token that follows it, None where numbers are bad.

        A row with numbers that are not finite is zeroed.
        """
        stretches = [Stretch(row=row, start=part.start, stop=part.stop) for row, part in enumerate(parts)]
        tokens = [token for part in parts for token in part.sequence.between(part.start, part.stop)]
        wanted = [Wanted(*weights_of(part.sequence), part.stop - part.start) for part in parts]
        logits = self._replays.compute(stretches, tokens, wanted) if self._replays else None
        if logits is None:
            new, route = window(self._cache, stretches), self._layers.route(wanted)
            last = self._tensor([each.num_tokens for each in wanted]).cumsum(0) - 1
            logits = self._forward(new, self._tensor(tokens), route, last)
        chosen = sample(logits, self._batch(parts))
        for row, token in enumerate(chosen):
            if token is None:
                self._cache.clear(row)
        return chosen

    @torch.no_grad()
    def _forward(self, new: Window, tokens: Tensor, route: Route, last: Tensor | None = None) -> Tensor:
        """Return the logits (tokens in ``last``, vocab); None means every token."""
        self._cache.tokens.view(-1).index_copy_(0, new.places, tokens)
        with self._layers.on(route, last), attention_over_rows(self._layers.model):
            output = self._layers.model(
                input_ids=tokens[None],
                position_ids=new.positions[None],
                use_cache=False,
                logits_to_keep=0 if last is None else last,
                window=new,
            )
        logits: Tensor = output.logits[0]
        return logits

    def _batch(self, parts: Sequence[Part]) -> Batch:
        return Batch(
            tokens=self._cache.tokens[: len(parts), : max(part.stop for part in parts)],
            num_tokens=self._tensor([part.stop for part in parts]),
            num_prompt_tokens=self._tensor([len(part.sequence.prompt) for part in parts]),
            samplings=[part.sequence.sampling for part in parts],
            draws=[part.sequence.draw() if part.is_last else 0.0 for part in parts],
        )

    def _tensor(self, values: list[Any]) -> Tensor:
        return torch.tensor(values, device=self._device)
