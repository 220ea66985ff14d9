"""Who is measured: our engine, and what peers do with the same model: ``generate``, alone or in a fixed batch.

Knows how each is asked. Does not know clocks. All decode greedily to the length that was asked, whatever they write.
"""

from collections.abc import Callable
from functools import partial

import torch
from transformers import GenerationConfig
from transformers.generation.streamers import BaseStreamer

from model.bench.workload import Ask
from model.engine.detokeniser import Detokeniser
from model.engine.engine import Engine
from model.engine.runner import open_runner
from model.engine.sequence import Chunk, Sequence
from model.loader import LoadedBase
from model.sampling import Sampling

Contender = Callable[[list[Ask], Callable[[int], None]], None]
"""Answers all asks, and calls with an ask's index each time it has a token."""


def contenders(loaded: LoadedBase) -> dict[str, Contender]:
    """Return every contender by name, over one model."""
    engine = Engine(max_waiting=1000)
    engine.add_runner("base", open_runner(loaded, keep_plain=True))
    return {
        "slots": partial(slots, engine, loaded),
        "generate": partial(one_at_a_time, loaded),
        "generate-batched": partial(batched, loaded),
    }


def slots(engine: Engine, loaded: LoadedBase, asks: list[Ask], tell: Callable[[int], None]) -> None:
    """Let our engine answer all asks at once."""
    decode = partial(loaded.tokenizer.decode, skip_special_tokens=True)

    def emit(index: int, _: Chunk) -> None:
        tell(index)

    for index, ask in enumerate(asks):
        engine.submit(
            Sequence(
                runner="base",
                adapter=None,
                author=str(index),
                prompt=ask.prompt,
                sampling=Sampling(max_tokens=ask.num_tokens, temperature=0, repetition_penalty=1),
                end_tokens=frozenset(),
                detokeniser=Detokeniser(decode),
                emit=partial(emit, index),
            )
        )
    while engine.has_work():
        engine.step()


def one_at_a_time(loaded: LoadedBase, asks: list[Ask], tell: Callable[[int], None]) -> None:
    """Call ``generate`` for one ask after the other."""
    for index, ask in enumerate(asks):
        batched(loaded, [ask], lambda _, index=index: tell(index))  # type: ignore[misc]


def batched(loaded: LoadedBase, asks: list[Ask], tell: Callable[[int], None]) -> None:
    """Call ``generate`` once: prompts padded to the longest, everybody waits until the longest answer is complete."""
    longest = max(len(ask.prompt) for ask in asks)
    padding = [longest - len(ask.prompt) for ask in asks]
    ids = torch.tensor([[0] * pad + list(ask.prompt) for pad, ask in zip(padding, asks, strict=True)])
    mask = torch.tensor([[0] * pad + [1] * (longest - pad) for pad in padding])
    num_tokens = max(ask.num_tokens for ask in asks)
    loaded.model.generation_config = GenerationConfig(pad_token_id=0, do_sample=False)  # type: ignore[no-untyped-call]
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


class _Streamer(BaseStreamer):
    """Tells of each token that somebody still wants."""

    def __init__(self, asks: list[Ask], tell: Callable[[int], None]) -> None:
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
