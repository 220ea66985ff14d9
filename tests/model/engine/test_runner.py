"""The oracle: whatever the neighbours, arrivals and cancels, every answer is the one ``generate`` gives it alone."""

import random
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model

from model.engine.cache import KVCache, shape_of
from model.engine.detokeniser import Detokeniser
from model.engine.engine import NOT_FINITE, Engine
from model.engine.reference import complete
from model.engine.runner import TorchRunner
from model.engine.sequence import Sequence
from model.sampling import Sampling
from tests.model.engine.sequences import END, Told, make_sequence
from tests.model.tiny import Shape, tiny_model, tiny_tokenizer

_DECODE = partial(tiny_tokenizer().decode, skip_special_tokens=True)
_ADAPTERS = (None, "A", "B")


@dataclass
class _Loaded:
    model: Any


def _with_adapters(shape: Shape) -> Any:
    """Return a tiny model with two random adapters of different rank; the same each time."""
    first, second = (LoraConfig(r=rank, target_modules="all-linear", fan_in_fan_out=shape == "gpt2") for rank in (4, 2))
    model = get_peft_model(tiny_model(shape), first, adapter_name="A")
    model.add_adapter("B", second)
    for name, parameter in model.named_parameters():
        if "lora_" in name:
            torch.nn.init.normal_(parameter, std=0.2)
    return model.eval()


def _engine(model: Any, num_rows: int = 4) -> Engine:
    cache = KVCache(shape_of(model.config, torch.float32), num_rows, 256, torch.device("cpu"))
    engine = Engine()
    engine.add_runner("base", TorchRunner(_Loaded(model), cache))
    engine.add_adapter("base", "A")
    engine.add_adapter("base", "B")
    return engine


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


@pytest.mark.parametrize("shape", ["llama", "gpt2"])
@pytest.mark.parametrize("seed", range(3))
def test_every_answer_equals_generate_whatever_the_schedule(shape: Shape, seed: int) -> None:
    dice = random.Random(seed)
    engine, alone = _engine(_with_adapters(shape)), _with_adapters(shape)
    made = []
    for number in range(16):
        prompt = tuple(dice.randrange(4, 263) for _ in range(dice.randint(1, 40)))
        sequence, told = make_sequence(
            prompt, author=str(number % 5), adapter=dice.choice(_ADAPTERS), decode=_DECODE, **_random_sampling(dice)
        )
        engine.submit(sequence)
        made.append((sequence, told))
        for _ in range(dice.randrange(5)):
            engine.step()
        if dice.random() < 0.2:
            engine.cancel(dice.choice(made)[0])
    while engine.has_work():
        engine.step()
    for sequence, told in made:
        _assert_equals_reference(alone, sequence, told)


def test_a_prompt_longer_than_one_part_is_read_whole() -> None:
    model = tiny_model()
    cache = KVCache(shape_of(model.config, torch.float32), 2, 512, torch.device("cpu"))
    engine = Engine()
    engine.add_runner("base", TorchRunner(_Loaded(model), cache))
    made = [make_sequence(tuple(5 + number % 250 for number in range(length)), decode=_DECODE) for length in (400, 9)]
    for sequence, _ in made:
        engine.submit(sequence)
    while engine.has_work():
        engine.step()
    for sequence, told in made:
        _assert_equals_reference(model, sequence, told)


def test_a_broken_adapter_fails_its_own_rows_and_spoils_no_later_one() -> None:
    model = _with_adapters("llama")
    torch.nn.init.constant_(model.base_model.model.model.layers[0].self_attn.k_proj.lora_B["B"].weight, float("nan"))
    engine = _engine(model)
    made = [make_sequence((9, 8, 7), adapter=adapter, decode=_DECODE) for adapter in ("A", "B", None, "B")]
    for sequence, _ in made:
        engine.submit(sequence)
    while engine.has_work():
        engine.step()
    assert [told.last.error for _, told in made] == [None, NOT_FINITE, None, NOT_FINITE]
    later = [make_sequence((3, 4, 5, 6), decode=_DECODE, max_tokens=30) for _ in range(4)]
    for sequence, _ in later:
        engine.submit(sequence)
    while engine.has_work():
        engine.step()
    for sequence, told in [made[0], made[2], *later]:
        _assert_equals_reference(_with_adapters("llama"), sequence, told)


def test_a_broken_adapter_leaves_nothing_behind_in_the_step_that_finds_out() -> None:
    model = _with_adapters("llama")
    torch.nn.init.constant_(model.base_model.model.model.layers[0].self_attn.k_proj.lora_B["B"].weight, float("nan"))
    cache = KVCache(shape_of(model.config, torch.float32), 2, 512, torch.device("cpu"))
    engine = Engine()
    engine.add_runner("base", TorchRunner(_Loaded(model), cache))
    engine.add_adapter("base", "B")
    long, told = make_sequence(tuple(5 + number % 250 for number in range(400)), adapter="B", decode=_DECODE)
    engine.submit(long)
    engine.step()
    assert told.last.error == NOT_FINITE
    assert all(bool(layer.isfinite().all()) for layer in (*cache.keys, *cache.values))


def test_the_same_seed_gives_the_same_answer_alone_and_in_company() -> None:
    model = tiny_model()
    alone, company = [], []
    for others, into in ((0, alone), (12, company)):
        engine = _engine(model)
        made = [
            make_sequence((number + 4,), author=str(number), seed=number, temperature=1, max_tokens=20)
            for number in range(others)
        ]
        asked = make_sequence((50, 51), author="me", seed=4, temperature=1, max_tokens=20)
        for sequence, _ in [*made, asked]:
            engine.submit(sequence)
        while engine.has_work():
            engine.step()
        into.extend(asked[0].tokens)
    assert alone == company
    assert Sampling().seed is None
