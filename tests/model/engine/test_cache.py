"""Rows are counted before they are reserved, and each token sees its own row up to itself."""

import pytest
import torch

from model.engine.cache import KVCache, NotEnoughMemory, Shape, fit

_SHAPE = Shape(num_layers=2, num_heads=2, head_size=4, dtype=torch.float32)


@pytest.mark.parametrize(
    ("tokens_free", "max_position", "expected"),
    [
        (1 << 20, 8192, (16, 2048)),
        (1 << 20, 512, (16, 512)),
        (2 * 2048 * 5, 2048, (5, 2048)),
        (2 * 2048 * 3, 2048, (6, 1024)),
        (2 * 512, 2048, (1, 512)),
    ],
)
def test_rows_follow_from_free_memory_shorter_before_fewer(
    tokens_free: int, max_position: int, expected: tuple[int, int]
) -> None:
    assert fit(_SHAPE, tokens_free * _SHAPE.token_bytes, max_position) == expected


def test_too_little_memory_for_one_row_is_said_in_one_sentence() -> None:
    with pytest.raises(NotEnoughMemory, match="too little for one conversation"):
        fit(_SHAPE, 100 * _SHAPE.token_bytes, 2048)


def test_new_tokens_are_written_at_their_own_positions_and_see_nothing_later() -> None:
    cache = KVCache(_SHAPE, num_rows=3, row_tokens=8, device=torch.device("cpu"))
    positions = torch.tensor([[2], [5]])
    window = cache.window(1, torch.tensor([[71], [72]]), positions, 6)
    new = torch.ones((2, 2, 1, 4))
    keys, values = window.update(new, 2 * new, 1)
    assert keys.shape == values.shape == (2, 2, 6, 4)
    assert [cache.keys[1][row].sum(dim=(0, 2)).nonzero().tolist() for row in range(3)] == [[], [[2]], [[5]]]
    assert cache.keys[0].abs().sum() == 0
    assert (window.mask() == 0).sum(-1).flatten().tolist() == [3, 6]
    assert window.tokens[:, [2, 5]].tolist() == [[71, 0], [0, 72]]


def test_a_moved_row_arrives_whole_and_a_cleared_one_is_empty() -> None:
    cache = KVCache(_SHAPE, num_rows=2, row_tokens=4, device=torch.device("cpu"))
    cache.window(1, torch.tensor([[8, 9]]), torch.tensor([[0, 1]]), 2).update(*[torch.ones((1, 2, 2, 4))] * 2, 0)
    cache.move(1, 0, 2)
    assert cache.tokens[0].tolist() == [8, 9, 0, 0]
    assert torch.equal(cache.keys[0][0], cache.keys[0][1])
    cache.clear(1)
    assert cache.values[0][1].abs().sum() == 0
    assert cache.values[0][0].abs().sum() > 0
