"""Rows are counted before they are reserved, and what they hold moves whole."""

from pathlib import Path

import pytest
import torch

from model.engine.cache import KVCache, NotEnoughMemory, Shape, fit
from model.engine.rows import Move, Swap

_SHAPE = Shape(num_layers=2, num_heads=2, head_size=4, dtype=torch.float32)


@pytest.mark.parametrize(
    ("tokens_free", "max_position", "expected"),
    [
        (1 << 20, 8192, (32, 2048)),
        (1 << 20, 512, (32, 512)),
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


def _filled() -> KVCache:
    cache = KVCache(_SHAPE, num_rows=3, row_tokens=8, device=torch.device("cpu"))
    for row in range(3):
        cache.keys[:, row], cache.values[:, row], cache.tokens[row] = row + 1, -row - 1, row
    return cache


def test_a_copied_beginning_arrives_whole_and_leaves_the_rest_alone() -> None:
    cache = _filled()
    cache.apply([Move(2, 0, 5)])
    assert cache.keys[1, 0, :, 0, 0].tolist() == [3] * 5 + [1] * 3
    assert cache.values[0, 0, :, 1, 3].tolist() == [-3] * 5 + [-1] * 3
    assert cache.tokens[0].tolist() == [2] * 5 + [0] * 3
    assert cache.tokens[2].tolist() == [2] * 8


def test_rows_that_change_places_lose_nothing() -> None:
    cache = _filled()
    cache.apply([Swap(0, 2, 8), Swap(1, 2, 8)])
    assert [cache.keys[0, row, 7, 1, 2].item() for row in range(3)] == [3, 1, 2]
    assert [cache.tokens[row, 7].item() for row in range(3)] == [2, 0, 1]


def test_a_cleared_row_is_empty_and_its_neighbours_are_not() -> None:
    cache = _filled()
    cache.clear(1)
    assert [cache.values[0, row].abs().sum() > 0 for row in range(3)] == [True, False, True]


def test_rows_cost_memory_only_once_they_are_written() -> None:
    large = Shape(num_layers=8, num_heads=8, head_size=64, dtype=torch.bfloat16)
    before = _resident_bytes()
    cache = KVCache(large, num_rows=16, row_tokens=2048, device=torch.device("cpu"))
    assert cache.keys.nbytes + cache.values.nbytes > 500 << 20
    assert _resident_bytes() - before < 20 << 20


def _resident_bytes() -> int:
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024
