"""Recorded passes answer like ``generate``: whatever the batch, the adapters, and what other rows hold meanwhile.

What a GPU does is played here by a tape of operators, which is as blind to Python as a CUDA graph.
"""

import logging
from typing import Any

import pytest
import torch

from model.engine.cache import KVCache, shape_of
from model.engine.detokeniser import Detokeniser
from model.engine.engine import Engine
from model.engine.linear import Layers
from model.engine.reference import complete
from model.engine.replay import Compute, Record
from model.engine.runner import TorchRunner
from model.engine.sequence import Sequence
from tests.model.engine.sequences import END, letters, make_sequence
from tests.model.engine.tape import Tapes
from tests.model.tiny import Shape, tiny_model


def _engine(record: Record, shape: Shape = "llama", num_rows: int = 4) -> Engine:
    model = tiny_model(shape)
    cache = KVCache(shape_of(model.config, torch.float32), num_rows, 512, torch.device("cpu"))
    engine = Engine()
    engine.add_runner("base", TorchRunner(Layers(model), cache, record))
    return engine


def _answer(engine: Engine, *prompts: tuple[int, ...], **options: Any) -> list[Sequence]:
    made = [make_sequence(prompt, author=str(number), **options)[0] for number, prompt in enumerate(prompts)]
    for sequence in made:
        engine.submit(sequence)
    while engine.has_work():
        engine.step()
    return made


def _assert_like_generate(made: list[Sequence], shape: Shape = "llama") -> None:
    model = tiny_model(shape)
    for sequence in made:
        options: Any = {"detokeniser": Detokeniser(letters), "end_tokens": frozenset({END})}
        assert tuple(sequence.tokens) == complete(model, sequence.prompt, sequence.sampling, **options).tokens


def _prompt(length: int, begin: int = 5) -> tuple[int, ...]:
    return tuple(begin + (7 * number * number) % 250 for number in range(length))


@pytest.mark.parametrize("shape", ["llama", "gpt2"])
def test_each_batch_takes_the_smallest_recorded_shape_that_holds_it(shape: Shape) -> None:
    for num_asked, num_rows in ((1, 1), (2, 2), (3, 4), (5, 6)):
        tapes = Tapes()
        made = _answer(_engine(tapes, shape, num_rows=6), *(_prompt(9 + at) for at in range(num_asked)), max_tokens=6)
        _assert_like_generate(made, shape)
        assert tapes.num_recorded == 4 * 2 * 2  # 1, 2, 4, 6 rows; 256, 512 tokens; on the base and with adapters
        assert tapes.num_replayed == 5  # the first token of each comes with the prompt
        assert tapes.sizes == {num_rows}


def test_an_answer_that_grows_out_of_one_length_goes_on_in_the_next() -> None:
    tapes = Tapes()
    _assert_like_generate(_answer(_engine(tapes), _prompt(250), _prompt(245, begin=6), max_tokens=20))
    assert tapes.num_replayed == 19


def test_rows_that_a_recorded_pass_does_not_want_keep_what_they_hold() -> None:
    tapes = Tapes()
    engine = _engine(tapes)
    full = _answer(engine, _prompt(500), max_tokens=12)[0]  # to the last place of its row
    before = tapes.num_replayed
    _assert_like_generate(_answer(engine, *(_prompt(8, begin=begin) for begin in (6, 7, 8)), max_tokens=9))
    assert 4 in tapes.sizes
    assert tapes.num_replayed > before
    known = (*full.prompt, *full.tokens)
    _assert_like_generate(_answer(engine, known[:505], (*known[:300], 9), max_tokens=5))


def _refuse(compute: Compute) -> Compute:
    raise RuntimeError("operation not permitted when stream is capturing\nand so on")


def test_a_device_that_cannot_record_answers_all_the_same(caplog: pytest.LogCaptureFixture) -> None:
    _assert_like_generate(_answer(_engine(_refuse), _prompt(9), max_tokens=5))
    assert "reason=operation not permitted when stream is capturing" in caplog.text.splitlines()[0]


def test_adapters_beyond_those_that_were_reserved_for_are_served_without_recordings(
    caplog: pytest.LogCaptureFixture,
) -> None:
    tapes = Tapes()
    engine = _engine(tapes)
    for number in range(5):
        delta = (torch.randn(16, 64), torch.zeros(16, 128))
        engine.add_adapter("base", str(number), {"model.layers.0.mlp.up_proj": delta})
    caplog.set_level(logging.WARNING)
    _assert_like_generate(_answer(engine, _prompt(9), max_tokens=5, adapter="4"))
    assert tapes.num_replayed == 0
    assert caplog.text.count("more adapters than were reserved for") == 1
