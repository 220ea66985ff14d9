"""Measures what ``placement`` decides on: CPU time of one step for each way to hold a base's weights.

Knows layouts and clocks. Does not choose. ``python -m model.loader.measure [BASE]`` prints a table; random weights of
another shape are measured by naming a folder that holds them.
"""

import statistics
import sys
import time
from typing import Any

import torch

from model.base import resolve
from model.loader.load import load_base
from model.loader.placement import Quantization

ROUNDS = 7
STEPS: tuple[tuple[int, int], ...] = ((1, 1), (4, 1), (8, 1), (16, 1), (1, 128))  # (rows, tokens each)
WAYS: dict[str, tuple[Quantization, int]] = {
    "NF4 packed": ("4bit", 1),
    "dequantised": ("4bit", 8),
    "as stored": ("none", 8),
}


def milliseconds(model: Any, rows: int, tokens: int) -> float:
    """Return the process CPU time of one forward pass behind 32 cached tokens."""
    ids = torch.randint(5, 1000, (rows, 32 + tokens))
    with torch.inference_mode():
        past = model(ids[:, :32], use_cache=True).past_key_values
        start = time.process_time()
        model(ids[:, 32:], past_key_values=past, use_cache=True)
        return (time.process_time() - start) * 1000


def measure(name: str) -> dict[str, dict[str, float]]:
    """Return medians in ms by way and step; the ways take turns, so that a busy machine slows all alike."""
    models = {
        way: load_base(resolve(name), quantization=quantization, device="cpu", rows=rows)
        for way, (quantization, rows) in WAYS.items()
    }
    taken: dict[str, dict[str, list[float]]] = {way: {} for way in models}
    for _ in range(ROUNDS):
        for way, loaded in models.items():
            for rows, tokens in STEPS:
                taken[way].setdefault(f"{rows}x{tokens}", []).append(milliseconds(loaded.model, rows, tokens))
    return {
        f"{way} ({models[way].quantization})": {step: statistics.median(each) for step, each in steps.items()}
        for way, steps in taken.items()
    }


def main() -> None:
    """Print one line for each way."""
    torch.set_num_threads(1)
    for way, steps in measure(sys.argv[1] if len(sys.argv) > 1 else "mini").items():
        sys.stdout.write(f"{way:40}" + "".join(f"{step:>8} {taken:7.2f}" for step, taken in steps.items()) + "\n")


if __name__ == "__main__":
    main()
