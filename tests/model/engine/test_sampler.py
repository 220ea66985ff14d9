"""Each row is sampled by its own numbers, and those mean what they mean in transformers."""

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from model.engine.reference import _processors
from model.engine.sampler import Batch, sample
from model.sampling import Sampling

_VOCAB = 300


def _sample(logits: Tensor, rows: list[list[int]], samplings: list[Sampling], draws: list[float]) -> list[int | None]:
    longest = max(len(row) for row in rows)
    batch = Batch(
        tokens=torch.tensor([row + [0] * (longest - len(row)) for row in rows]),
        num_tokens=torch.tensor([len(row) for row in rows]),
        num_prompt_tokens=torch.tensor([2] * len(rows)),
        samplings=samplings,
        draws=draws,
    )
    return sample(logits, batch)


_SAMPLINGS = st.builds(
    Sampling,
    temperature=st.sampled_from([0, 0.5, 1, 1.7]),
    top_p=st.sampled_from([0.1, 0.5, 0.95, 1]),
    top_k=st.sampled_from([0, 1, 7, 1000]),
    repetition_penalty=st.sampled_from([0.8, 1, 1.3]),
    frequency_penalty=st.sampled_from([0, 0.7]),
    presence_penalty=st.sampled_from([0, -0.7]),
    no_repeat_ngram_size=st.sampled_from([0, 1, 2, 3]),
    seed=st.integers(0, 1000),
)
_ROW = st.lists(st.integers(0, 20), min_size=2, max_size=30)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(_ROW, _SAMPLINGS), min_size=1, max_size=5), st.integers(0, 1000))
def test_every_row_gets_the_token_that_transformers_own_processors_give_it_alone(
    rows: list[tuple[list[int], Sampling]], seed: int
) -> None:
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn((len(rows), _VOCAB), generator=generator) * 3
    draws = [__import__("random").Random(sampling.seed).random() for _, sampling in rows]
    tokens = _sample(logits, [row for row, _ in rows], [sampling for _, sampling in rows], draws)
    for index, (row, sampling) in enumerate(rows):
        alone = _processors(sampling, num_prompt_tokens=2)(torch.tensor([row]), logits[index : index + 1].clone())
        assert tokens[index] == int(alone.argmax())


def test_temperature_zero_takes_the_most_likely_token_beside_rows_that_draw() -> None:
    logits = torch.zeros((2, _VOCAB))
    logits[:, 42] = 0.001
    samplings = [Sampling(temperature=0, repetition_penalty=1), Sampling(temperature=1, top_p=1, repetition_penalty=1)]
    assert _sample(logits, [[1, 2], [1, 2]], samplings, [0.9999999, 0.9999999]) == [42, _VOCAB - 1]


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_row_that_is_not_finite_yields_no_token_and_its_neighbour_its_own(bad: float) -> None:
    logits = torch.zeros((2, _VOCAB))
    logits[0, 5], logits[1, 9] = bad, 1
    greedy = Sampling(temperature=0)
    assert _sample(logits, [[1, 2], [1, 2]], [greedy, greedy], [0, 0]) == [None, 9]


def test_draws_follow_the_distribution() -> None:
    logits = torch.tensor([[0.5, 0.3, 0.2]]).log()
    plain: dict[str, Any] = {"temperature": 1, "top_p": 1, "repetition_penalty": 1}
    tokens = [_sample(logits, [[0, 0]], [Sampling(**plain)], [step / 1000])[0] for step in range(1000)]
    assert [tokens.count(token) for token in range(3)] == pytest.approx([500, 300, 200], abs=1)
