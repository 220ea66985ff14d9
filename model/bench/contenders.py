"""Who is measured: our engine, and what peers do with the same model: ``generate``, alone or in a fixed batch.

Knows how each is asked. Does not know clocks. All decode greedily to the length that was asked, whatever they write.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial

import torch
from transformers import GenerationConfig
from transformers.generation.streamers import BaseStreamer

from model.bench.workload import Ask, Workload
from model.engine.detokeniser import Detokeniser
from model.engine.engine import Engine
from model.engine.kernel import Kernel
from model.engine.runner import TorchRunner, open_runner
from model.engine.sequence import Chunk, Sequence
from model.loader import LoadedBase
from model.sampling import Sampling

SLOTS, GENERATE, BATCHED, CONTINUOUS = "slots", "generate", "generate-batched", "transformers-cb"
LLAMA = "llama.cpp"
"""The peer that is measured in 4 bits where it is installed (``beside``)."""
Tell = Callable[[int], None]
"""Called with an ask's index each time it has a token."""
Answer = Callable[[Workload, Tell], float | None]
"""Answers a whole workload; returns how many answers a step brought forward on average, where that is known."""
Contender = Callable[[], AbstractContextManager[Answer]]
"""Gets ready, remembering nothing of what was asked before."""


def contenders(loaded: LoadedBase, kernel: Kernel | None) -> dict[str, Contender]:
    """Return every contender over one model by name, but llama.cpp."""
    runner = open_runner(loaded, keep_plain=True, kernel=kernel)
    return {
        SLOTS: lambda: nullcontext(partial(slots, runner, loaded)),
        GENERATE: lambda: nullcontext(partial(one_at_a_time, loaded)),
        BATCHED: lambda: nullcontext(partial(in_batches, loaded)),
        CONTINUOUS: partial(continuous, loaded),
    }


def slots(runner: TorchRunner, loaded: LoadedBase, workload: Workload, tell: Tell) -> float:
    """Let our engine answer; a new one each time, whose rows hold nothing yet."""
    sizes: list[int] = []
    engine = Engine(on_step=sizes.append)
    engine.add_runner("base", runner)
    left = iter(enumerate(workload.asks))

    def emit(index: int, chunk: Chunk) -> None:
        tell(index)
        if chunk.is_last:
            submit()

    def submit() -> None:
        if (following := next(left, None)) is not None:
            index, ask = following
            engine.put(sequence(loaded, ask, author=str(index), emit=partial(emit, index)))

    for _ in range(workload.concurrency):
        submit()
    while engine.has_work():
        engine.step()
    return sum(sizes) / len(sizes)


def sequence(
    loaded: LoadedBase, ask: Ask, *, author: str = "", adapter: str | None = None, emit: Callable[[Chunk], None]
) -> Sequence:
    """Return a greedy sequence for ``ask`` that ends only at its length."""
    return Sequence(
        runner="base",
        adapter=adapter,
        author=author,
        prompt=ask.prompt,
        sampling=Sampling(max_tokens=ask.num_tokens, temperature=0, repetition_penalty=1),
        end_tokens=frozenset(),
        detokeniser=Detokeniser(partial(loaded.tokenizer.decode, skip_special_tokens=True)),
        emit=emit,
    )


def one_at_a_time(loaded: LoadedBase, workload: Workload, tell: Tell) -> None:
    """Call ``generate`` for one ask after the other."""
    for index, ask in enumerate(workload.asks):
        batched(loaded, [ask], lambda _, index=index: tell(index))  # type: ignore[misc]


def in_batches(loaded: LoadedBase, workload: Workload, tell: Tell) -> None:
    """Call ``generate`` for as many asks as come at once, then for the next as many."""
    for begin in range(0, len(workload.asks), workload.concurrency):
        asks = list(workload.asks[begin : begin + workload.concurrency])
        batched(loaded, asks, lambda index, begin=begin: tell(begin + index))  # type: ignore[misc]


def batched(loaded: LoadedBase, asks: list[Ask], tell: Tell) -> None:
    """Call ``generate`` once: prompts padded to the longest, everybody waits until the longest answer is complete."""
    longest = max(len(ask.prompt) for ask in asks)
    padding = [longest - len(ask.prompt) for ask in asks]
    ids = torch.tensor([[0] * pad + list(ask.prompt) for pad, ask in zip(padding, asks, strict=True)])
    mask = torch.tensor([[0] * pad + [1] * (longest - pad) for pad in padding])
    num_tokens = max(ask.num_tokens for ask in asks)
    loaded.model.generation_config = _greedy()
    loaded.model.generation_config.eos_token_id = None
    device = loaded.model.device
    with torch.inference_mode():
        output = loaded.model.generate(
            input_ids=ids.to(device),
            attention_mask=mask.to(device),
            max_new_tokens=num_tokens,
            streamer=_Streamer(asks, tell),
        )
    assert output.shape[1] == longest + num_tokens
    for tokens, ask in zip(output[:, longest:].tolist(), asks, strict=True):
        loaded.tokenizer.decode(tokens[: ask.num_tokens], skip_special_tokens=True)


@contextmanager
def continuous(loaded: LoadedBase) -> Iterator[Answer]:
    """Run transformers' own continuous batching; a new manager each time, so that no prefix is left over."""
    from transformers.generation.configuration_utils import ContinuousBatchingConfig

    config = ContinuousBatchingConfig(page_size=32, num_blocks=256, max_batch_tokens=256, auto_switch_to_flash=False)
    before = loaded.model.config._attn_implementation
    loaded.model.generation_config = generation = _greedy()
    generation.eos_token_id = -1
    options = {"generation_config": generation, "continuous_batching_config": config, "warmup": False}
    try:
        with loaded.model.continuous_batching_context_manager(**options) as manager:
            yield partial(_ask_manager, manager, loaded)
    finally:
        loaded.model.config._attn_implementation = before


def _ask_manager(manager: "object", loaded: LoadedBase, workload: Workload, tell: Tell) -> None:
    left = iter(enumerate(workload.asks))
    num_left = len(workload.asks)

    def submit() -> None:
        if (following := next(left, None)) is not None:
            index, ask = following
            options = {"request_id": str(index), "max_new_tokens": ask.num_tokens, "streaming": True}
            manager.add_request(list(ask.prompt), **options)  # type: ignore[attr-defined]

    for _ in range(workload.concurrency):
        submit()
    while num_left:
        result = manager.get_result(timeout=60)  # type: ignore[attr-defined]
        if result is None or result.error is not None:
            raise RuntimeError("transformers' continuous batching ended before it had answered.")
        tell(int(result.request_id))
        if result.is_finished():
            loaded.tokenizer.decode(result.generated_tokens, skip_special_tokens=True)
            num_left -= 1
            submit()


def _greedy() -> GenerationConfig:
    return GenerationConfig(pad_token_id=0, do_sample=False)  # type: ignore[no-untyped-call]


class _Streamer(BaseStreamer):
    """Tells of each token that somebody still wants."""

    def __init__(self, asks: list[Ask], tell: Tell) -> None:
        self._asks = asks
        self._tell = tell
        self._num_tokens = -1  # the prompt comes first

    def put(self, value: torch.Tensor) -> None:  # noqa: ARG002
        """Take one token of every row."""
        self._num_tokens += 1
        for index, ask in enumerate(self._asks):
            if 0 < self._num_tokens <= ask.num_tokens:
                self._tell(index)

    def end(self) -> None:
        """Nothing follows."""
