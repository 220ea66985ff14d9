"""One run of one contender, by the clock, and what the machine was like meanwhile.

Knows time and memory. Does not know who runs.
"""

import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from model.bench.contenders import Answer
from model.bench.workload import Workload

_READ_BYTES = 1 << 30
_CLEAR_PEAK = "5"  # what Linux wants to hear in clear_refs (man 5 proc)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """``ttft_ms``, ``whole_ms``: from the beginning to the first and the last token, one number an ask.

    ``occupancy``: answers that a step brought forward, None where nobody counts. ``peak_bytes``: of the process, or of
    the GPU, weights included.
    """

    num_tokens: int
    wall_s: float
    cpu_s: float
    ttft_ms: tuple[float, ...]
    whole_ms: tuple[float, ...]
    occupancy: float | None
    peak_bytes: int


def measure(answer: Answer, workload: Workload, device: str) -> Run:
    """Let somebody answer a workload."""
    first_at: dict[int, float] = {}
    last_at: dict[int, float] = {}

    def tell(index: int) -> None:
        last_at[index] = time.perf_counter()
        first_at.setdefault(index, last_at[index])

    _forget_peak(device)
    begun_at, cpu_begun_at = time.perf_counter(), time.process_time()
    occupancy = answer(workload, tell)
    wall_s, cpu_s = time.perf_counter() - begun_at, time.process_time() - cpu_begun_at
    indices = range(len(workload.asks))
    return Run(
        num_tokens=sum(ask.num_tokens for ask in workload.asks),
        wall_s=wall_s,
        cpu_s=cpu_s,
        ttft_ms=tuple((first_at[index] - begun_at) * 1000 for index in indices),
        whole_ms=tuple((last_at[index] - begun_at) * 1000 for index in indices),
        occupancy=occupancy,
        peak_bytes=_peak_bytes(device),
    )


def read_bytes_per_s(device: str, clock: Callable[[], float] = time.perf_counter) -> float:
    """Return how fast memory is read, by summing up more of it than any cache holds; best of five."""
    on = torch.device(device)
    block = torch.zeros(_READ_BYTES // 4, device=on)
    times = 1 if device == "cpu" else 16  # a GPU reads it faster than it is asked to
    taken = []
    for _ in range(5):
        begun_at = clock()
        float(sum(block.sum() for _ in range(times)))
        taken.append(clock() - begun_at)
    return times * _READ_BYTES / min(taken)


def weight_bytes(model: Any) -> int:
    """Return what every decode step has to read: all weights but an embedding that is looked up and not multiplied."""
    output = model.get_output_embeddings()
    is_tied = output is not None and output.weight is model.get_input_embeddings().weight
    looked_up = 0 if is_tied else model.get_input_embeddings().weight.nbytes
    states = [getattr(parameter, "quant_state", None) for parameter in model.parameters()]
    scales = sum(state.absmax.nbytes for state in states if state is not None)  # of 4-bit weights
    return int(sum(parameter.nbytes for parameter in model.parameters()) + scales - looked_up)


def conditions(device: str) -> dict[str, Any]:
    """Return what a reader must know about the machine to judge the figures."""
    name = torch.cuda.get_device_name(device) if device != "cpu" else _cpu_name()
    return {
        "processor": name,
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "load_average": round(os.getloadavg()[0], 1),
        "torch": torch.__version__,
    }


def _cpu_name() -> str:
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _forget_peak(device: str) -> None:
    if device != "cpu":
        torch.cuda.reset_peak_memory_stats(device)
    elif (path := Path("/proc/self/clear_refs")).exists():
        path.write_text(_CLEAR_PEAK, encoding="ascii")


def _peak_bytes(device: str) -> int:
    """Return the peak since ``_forget_peak``; 0 where the system does not tell."""
    if device != "cpu":
        return int(torch.cuda.max_memory_allocated(device))
    path = Path("/proc/self/status")
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)
