"""Lets llama.cpp answer, through llama-cpp-python: as many at once as ask, decoded greedily in one batch.

Knows llama.cpp's C interface. Does not know clocks, or how its file came about. Needs the packages of the extra
``bench``.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import Any

import llama_cpp
import numpy as np

from model.bench.contenders import Answer, Tell
from model.bench.workload import Ask, Workload

_ROW_TOKENS = 320  # longer than any ask and its answer
_MAX_BATCH_TOKENS = 4096  # every newcomer's prompt in one call; llama.cpp computes 512 of them at a time


class Llama:
    """One model in memory. ``decode`` makes text of tokens, as everybody who is measured does."""

    def __init__(self, path: Path, *, decode: Any, num_threads: int) -> None:
        """Load. Raises RuntimeError when llama.cpp cannot."""
        options = llama_cpp.llama_model_default_params()
        options.n_gpu_layers = 0
        self._model = llama_cpp.llama_model_load_from_file(str(path).encode(), options)
        if not self._model:
            raise RuntimeError(f"llama.cpp cannot load {path}: leave its column out.")
        self._decode = decode
        self._num_threads = num_threads

    def close(self) -> None:
        """Give the memory back."""
        llama_cpp.llama_model_free(self._model)

    @contextmanager
    def ready(self, num_rows: int) -> Iterator[Answer]:
        """Yield who answers ``num_rows`` at once, remembering nothing of before. Raises RuntimeError without memory."""
        options = llama_cpp.llama_context_default_params()
        options.n_seq_max = num_rows + 1  # one for what all prompts share
        options.n_ctx = options.n_seq_max * _ROW_TOKENS
        options.n_batch = _MAX_BATCH_TOKENS
        options.n_threads = options.n_threads_batch = self._num_threads
        options.kv_unified = True
        options.no_perf = True
        context = llama_cpp.llama_init_from_model(self._model, options)
        if not context:
            raise RuntimeError("llama.cpp has no memory for its rows: ask for less --concurrency.")
        batch = _Batch(context, llama_cpp.llama_vocab_n_tokens(llama_cpp.llama_model_get_vocab(self._model)))
        try:
            yield partial(_answer, batch, self._decode, num_rows)
        finally:
            batch.close()
            llama_cpp.llama_free(context)


@dataclass(slots=True, kw_only=True)
class _Answering:
    """One ask in its row: the tokens that the next pass reads, and where in the row they begin."""

    index: int
    ask: Ask
    new: tuple[int, ...]
    start: int
    tokens: list[int] = field(default_factory=list)


def _answer(batch: "_Batch", decode: Any, num_rows: int, workload: Workload, tell: Tell) -> float:
    """Answer; what all prompts begin with is read once for all, as in llama.cpp's own example ``parallel``."""
    shared = _shared(workload.asks)
    if shared:
        batch.run({num_rows: (shared, 0)})
    left = list(enumerate(workload.asks))[::-1]
    free = list(range(min(num_rows, workload.concurrency)))
    rows: dict[int, _Answering] = {}
    sizes = []
    while left or rows:
        while left and free:
            index, ask = left.pop()
            row = free.pop()
            batch.copy(num_rows, row)
            rows[row] = _Answering(index=index, ask=ask, new=ask.prompt[len(shared) :], start=len(shared))
        sizes.append(len(rows))
        for row, token in batch.run({row: (each.new, each.start) for row, each in sorted(rows.items())}).items():
            each = rows[row]
            each.start += len(each.new)
            each.new = (token,)
            each.tokens.append(token)
            tell(each.index)
            if len(each.tokens) == each.ask.num_tokens:
                decode(each.tokens)
                batch.forget(row)
                free.append(row)
                del rows[row]
    batch.forget(num_rows)
    return sum(sizes) / len(sizes)


def _shared(asks: tuple[Ask, ...]) -> tuple[int, ...]:
    """Return what all prompts begin with, leaving each a token of its own; nothing where there is one prompt only."""
    if len(asks) == 1:
        return ()
    beside = zip(*(ask.prompt[:-1] for ask in asks), strict=False)
    return tuple(tokens[0] for tokens in takewhile(lambda tokens: len(set(tokens)) == 1, beside))


class _Batch:
    """Tokens of several rows on their way through the model in one call."""

    def __init__(self, context: Any, vocab_size: int) -> None:
        self._context = context
        self._memory = llama_cpp.llama_get_memory(context)
        self._vocab_size = vocab_size
        self._batch = llama_cpp.llama_batch_init(_MAX_BATCH_TOKENS, 0, 1)

    def close(self) -> None:
        llama_cpp.llama_batch_free(self._batch)

    def copy(self, source: int, row: int) -> None:
        llama_cpp.llama_memory_seq_cp(self._memory, source, row, -1, -1)

    def forget(self, row: int) -> None:
        llama_cpp.llama_memory_seq_rm(self._memory, row, -1, -1)

    def run(self, rows: dict[int, tuple[tuple[int, ...], int]]) -> dict[int, int]:
        """Compute each row's (tokens, where they begin); return the likeliest token after each."""
        batch = self._batch
        batch.n_tokens = 0
        last: dict[int, int] = {}
        for row, (tokens, start) in rows.items():
            for position, token in enumerate(tokens, start):
                self._add(row, position, token)
            last[row] = batch.n_tokens - 1
            batch.logits[last[row]] = True
        if error := llama_cpp.llama_decode(self._context, batch):
            raise RuntimeError(f"llama.cpp cannot go on (error {error}).")
        return {row: self._likeliest(place) for row, place in last.items()}

    def _add(self, row: int, position: int, token: int) -> None:
        batch = self._batch
        place = batch.n_tokens
        batch.token[place] = token
        batch.pos[place] = position
        batch.n_seq_id[place] = 1
        batch.seq_id[place][0] = row
        batch.logits[place] = False
        batch.n_tokens += 1

    def _likeliest(self, place: int) -> int:
        logits = llama_cpp.llama_get_logits_ith(self._context, place)
        return int(np.ctypeslib.as_array(logits, (self._vocab_size,)).argmax())
