"""Finds the number type in which a machine multiplies matrices fastest. Knows the clock; does not know the model.

bf16 is not always it: CPUs with AVX512-BF16 but without AMX were measured at half the speed of fp32.
"""

import time

import torch

ROWS, INNER, OUTER = 2048, 384, 1024
REPEATS = 5


def fastest(device: torch.device) -> torch.dtype:
    """Return bfloat16 or float32, whichever takes less process time for one hidden layer; bfloat16 on a GPU."""
    if device.type == "cuda":
        return torch.bfloat16
    return min((torch.bfloat16, torch.float32), key=_seconds)


def _seconds(dtype: torch.dtype) -> float:
    """Return the least process time of one (2048, 384) x (384, 1024) product, after one that warms up."""
    left, right = torch.ones(ROWS, INNER, dtype=dtype), torch.ones(OUTER, INNER, dtype=dtype)
    times: list[float] = []
    for _ in range(REPEATS + 1):
        began = time.process_time()
        torch.nn.functional.linear(left, right)
        times.append(time.process_time() - began)
    return min(times[1:])
