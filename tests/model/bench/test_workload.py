"""What is asked has realistic lengths and is the same in every run."""

from statistics import mean

import pytest

from model.bench.workload import Kind, asks, workload


def test_the_same_seed_asks_the_same() -> None:
    assert asks(3, seed=5) == asks(3, seed=5)
    assert asks(3, seed=5) != asks(3, seed=6)


@pytest.mark.parametrize(("kind", "count"), [("chat", 4), ("ragged", 16)])
def test_a_workload_is_the_same_in_every_run_and_says_how_many_ask_at_once(kind: Kind, count: int) -> None:
    assert workload(kind, 4, seed=5) == workload(kind, 4, seed=5)
    assert (len(workload(kind, 4, seed=5).asks), workload(kind, 4, seed=5).concurrency) == (count, 4)


def test_lengths_are_those_of_a_chat_with_a_persona() -> None:
    many = asks(500, seed=0)
    assert 175 < mean(len(ask.prompt) for ask in many) < 185
    assert 38 < mean(ask.num_tokens for ask in many) < 42
    assert len({ask.prompt[:150] for ask in many}) == 1
