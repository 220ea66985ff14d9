"""The oracle: whatever the neighbours, arrivals and cancels, every answer is the one ``generate`` gives it alone."""

import random
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from peft import LoraConfig, get_peft_model
from peft.tuners.lora import LoraLayer
from torch import Tensor

from model.engine.cache import KVCache, shape_of
from model.engine.detokeniser import Detokeniser
from model.engine.engine import NOT_FINITE, Engine, WeightsInUse
from model.engine.linear import Layers
from model.engine.reference import complete
from model.engine.replay import Record
from model.engine.runner import TorchRunner
from model.engine.sequence import Sequence
from model.sampling import Sampling
from tests.model.engine.sequences import END, Told, make_sequence
from tests.model.engine.tape import Tapes
from tests.model.tiny import Shape, tiny_model, tiny_tokenizer

_DECODE = partial(tiny_tokenizer().decode, skip_special_tokens=True)
_ADAPTERS = (None, "A", "B")


def _with_adapters(shape: Shape, targets: Any = "all-linear") -> Any:
    """Return a tiny model with two random adapters of different rank; the same each time."""
    first, second = (LoraConfig(r=rank, target_modules=targets, fan_in_fan_out=shape == "gpt2") for rank in (4, 2))
    model = get_peft_model(tiny_model(shape), first, adapter_name="A")
    model.add_adapter("B", second)
    for name, parameter in model.named_parameters():
        if "lora_" in name:
            torch.nn.init.normal_(parameter, std=0.2)
    return model.eval()


def _deltas(model: Any, adapter: str) -> dict[str, tuple[Tensor, Tensor]]:
    """Return what an adapter of ``_with_adapters`` adds, layer by layer."""
    layers = {name: each for name, each in model.base_model.model.named_modules() if isinstance(each, LoraLayer)}
    return {
        name: (
            layer.lora_A[adapter].weight.detach(),
            layer.lora_B[adapter].weight.detach().T * layer.scaling[adapter],
        )
        for name, layer in layers.items()
    }


def _engine(
    shape: Shape,
    num_rows: int = 4,
    row_tokens: int = 256,
    *,
    fuse: bool = False,
    record: Record | None = None,
    **adapters: dict[str, tuple[Tensor, Tensor]],
) -> Engine:
    """Return an engine over the bare tiny model with adapters in its columns."""
    model = tiny_model(shape)
    cache = KVCache(shape_of(model.config, torch.float32), num_rows, row_tokens, torch.device("cpu"))
    engine = Engine()
    engine.add_runner("base", TorchRunner(Layers(model, fuse=fuse), cache, record))
    for name, deltas in adapters.items():
        engine.add_adapter("base", name, deltas)
    return engine


def _engine_like(model: Any, shape: Shape, **options: Any) -> Engine:
    return _engine(shape, **options, A=_deltas(model, "A"), B=_deltas(model, "B"))


def _finish(engine: Engine) -> None:
    while engine.has_work():
        engine.step()


def _random_sampling(dice: random.Random) -> dict[str, Any]:
    return {
        "max_tokens": dice.randint(1, 24),
        "temperature": dice.choice([0, 0, 0.8, 1.5]),
        "top_p": dice.choice([1, 0.9]),
        "top_k": dice.choice([0, 20]),
        "repetition_penalty": dice.choice([1, 1.2]),
        "frequency_penalty": dice.choice([0, 0.4]),
        "no_repeat_ngram_size": dice.choice([0, 3]),
        "seed": dice.randrange(1000),
        "strength": dice.choice([1, 1, 0.5, 0]),
        "stop": dice.choice([(), ("a",)]),
    }


def _assert_equals_reference(model: Any, sequence: Sequence, told: Told) -> None:
    alone = complete(
        model,
        sequence.prompt,
        sequence.sampling,
        detokeniser=Detokeniser(_DECODE, sequence.sampling.stop),
        end_tokens=frozenset({END}),
        adapter=sequence.adapter,
    )
    if told.last.finish_reason == "cancelled":
        assert alone.tokens[: len(sequence.tokens)] == tuple(sequence.tokens)
        assert alone.text.startswith(told.text.rstrip("\ufffd"))
        return
    assert (told.text, tuple(sequence.tokens), told.last.finish_reason) == (
        alone.text,
        alone.tokens,
        alone.finish_reason,
    )


_SCHEDULES = given(st.sampled_from(["llama", "gpt2"]), st.integers(0, 2**32 - 1))


@settings(max_examples=4, deadline=None)
@_SCHEDULES
def test_every_answer_equals_generate_whatever_the_schedule(shape: Shape, seed: int) -> None:
    _follow_a_schedule(shape, seed)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@settings(max_examples=100, deadline=None)
@_SCHEDULES
def test_every_answer_equals_generate_in_a_hundred_schedules(shape: Shape, seed: int) -> None:
    _follow_a_schedule(shape, seed)


def _follow_a_schedule(shape: Shape, seed: int) -> None:
    """Arrivals, cancels, conversations that go on, adapters that come, go and take each other's columns."""
    dice = random.Random(seed)
    alone = _with_adapters(shape)
    record = Tapes() if dice.random() < 0.5 else None
    engine = _engine_like(alone, shape, fuse=dice.random() < 0.5, record=record)
    made: list[tuple[Sequence, Told]] = []
    for number in range(14):
        before = dice.choice(made)[0] if made and dice.random() < 0.5 else None
        prompt = tuple(dice.randrange(4, 263) for _ in range(dice.randint(1, 40)))
        sequence, told = make_sequence(
            (*before.prompt, *before.tokens, *prompt)[:200] if before else prompt,
            author=str(number % 5),
            adapter=before.adapter if before and dice.random() < 0.8 else dice.choice(_ADAPTERS),
            decode=_DECODE,
            **_random_sampling(dice),
        )
        engine.submit(sequence)
        made.append((sequence, told))
        for _ in range(dice.randrange(5)):
            engine.step()
        if dice.random() < 0.2:
            engine.cancel(dice.choice(made)[0])
        if dice.random() < 0.3:
            _swap(engine, alone, dice.choice("AB"))
    _finish(engine)
    for sequence, told in made:
        _assert_equals_reference(alone, sequence, told)
    assert record is None or record.num_replayed > 0


def _swap(engine: Engine, alone: Any, adapter: str) -> None:
    """Take an adapter out and put it in again, where there is room; not while it answers."""
    with suppress(WeightsInUse):
        engine.remove_adapter("base", adapter)
        engine.add_adapter("base", adapter, _deltas(alone, adapter))


def test_a_prompt_longer_than_one_part_is_read_whole() -> None:
    engine = _engine("llama", num_rows=2, row_tokens=512)
    made = [make_sequence(tuple(5 + number % 250 for number in range(length)), decode=_DECODE) for length in (400, 9)]
    for sequence, _ in made:
        engine.submit(sequence)
    _finish(engine)
    for sequence, told in made:
        _assert_equals_reference(tiny_model(), sequence, told)


def test_an_adapter_whose_numbers_overflow_fails_its_own_rows_and_spoils_no_other() -> None:
    alone = _with_adapters("llama")
    engine = _engine_like(alone, "llama")
    broken = {name: (down, up * 1e38) for name, (down, up) in _deltas(alone, "B").items()}
    engine.add_adapter("base", "broken", broken)
    made = [make_sequence((9, 8, 7), adapter=adapter, decode=_DECODE) for adapter in ("A", "broken", None, "broken")]
    for sequence, _ in made:
        engine.submit(sequence)
    _finish(engine)
    assert [told.last.error for _, told in made] == [None, NOT_FINITE, None, NOT_FINITE]
    later = [make_sequence((3, 4, 5, 6), adapter="B", decode=_DECODE, max_tokens=30) for _ in range(4)]
    for sequence, _ in later:
        engine.submit(sequence)
    _finish(engine)
    for sequence, told in [made[0], made[2], *later]:
        _assert_equals_reference(alone, sequence, told)


def test_an_adapter_on_the_output_layer_serves_its_own_rows_while_others_are_still_reading() -> None:
    alone = _with_adapters("llama", ["lm_head", "q_proj"])
    engine = _engine_like(alone, "llama")
    made = [
        make_sequence(tuple(range(4, 4 + length)), adapter=adapter, strength=strength, decode=_DECODE, max_tokens=9)
        for length, adapter, strength in ((3, "A", 1), (9, None, 1), (30, "B", 0.5), (20, "A", 1))
    ]
    for sequence, _ in made:
        engine.submit(sequence)
        engine.step()
    _finish(engine)
    for sequence, told in made:
        _assert_equals_reference(alone, sequence, told)


def test_numbers_that_are_not_finite_are_found_while_the_prompt_is_read_and_leave_nothing_behind() -> None:
    model = tiny_model()
    cache = KVCache(shape_of(model.config, torch.float32), 2, 512, torch.device("cpu"))
    engine = Engine()
    engine.add_runner("base", TorchRunner(Layers(model), cache))
    broken = {name: (down, up * 1e38) for name, (down, up) in _deltas(_with_adapters("llama"), "B").items()}
    engine.add_adapter("base", "B", broken)
    long, told = make_sequence(tuple(5 + number % 250 for number in range(400)), adapter="B", decode=_DECODE)
    engine.submit(long)
    engine.step()
    assert told.last.error == NOT_FINITE
    assert bool(cache.keys.isfinite().all())
    assert bool(cache.values.isfinite().all())


def test_the_same_seed_gives_the_same_answer_alone_and_in_company() -> None:
    alone, company = [], []
    for others, into in ((0, alone), (12, company)):
        engine = _engine("llama")
        made = [
            make_sequence((number + 4,), author=str(number), seed=number, temperature=1, max_tokens=20)
            for number in range(others)
        ]
        asked = make_sequence((50, 51), author="me", seed=4, temperature=1, max_tokens=20)
        for sequence, _ in [*made, asked]:
            engine.submit(sequence)
        _finish(engine)
        into.extend(asked[0].tokens)
    assert alone == company
    assert Sampling().seed is None
