"""One run of one contender, by the clock, and what the machine was like meanwhile.

Knows time and memory. Does not know who runs.
"""

import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import torch

from model.bench.contenders import Answer
from model.bench.workload import Workload

_READ_BYTES = 1 << 30
_CLEAR_PEAK = "5"  # what Linux wants to hear in clear_refs (man 5 proc)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """``ttft_ms``, ``whole_ms``: from the beginning to the first and the last token, one number an ask.

    ``step_ms``, ``step_cpu_ms``: median between two tokens of one answer while all answers ran; None where
    they never all did. ``occupancy``: answers that a step brought forward, None where nobody counts.
    ``peak_bytes``: of the process, or of the GPU, weights included.
    """

    num_tokens: int
    wall_s: float
    cpu_s: float
    ttft_ms: tuple[float, ...]
    whole_ms: tuple[float, ...]
    step_ms: float | None
    step_cpu_ms: float | None
    occupancy: float | None
    peak_bytes: int

    @property
    def tokens_per_cpu_s(self) -> float:
        """Tokens of answers for each second of this process' CPU time."""
        return self.num_tokens / self.cpu_s


def measure(answer: Answer, workload: Workload, device: str) -> Run:
    """Let somebody answer a workload."""
    told: list[list[_At]] = [[] for _ in workload.asks]

    def tell(index: int) -> None:
        told[index].append(_At(time.perf_counter(), time.process_time()))

    _forget_peak(device)
    begun_at, cpu_begun_at = time.perf_counter(), time.process_time()
    occupancy = answer(workload, tell)
    wall_s, cpu_s = time.perf_counter() - begun_at, time.process_time() - cpu_begun_at
    steps = list(pairwise(_while_all_wrote(told)))
    return Run(
        num_tokens=sum(ask.num_tokens for ask in workload.asks),
        wall_s=wall_s,
        cpu_s=cpu_s,
        ttft_ms=tuple((times[0].wall_s - begun_at) * 1000 for times in told),
        whole_ms=tuple((times[-1].wall_s - begun_at) * 1000 for times in told),
        step_ms=median((late.wall_s - early.wall_s) * 1000 for early, late in steps) if steps else None,
        step_cpu_ms=median((late.cpu_s - early.cpu_s) * 1000 for early, late in steps) if steps else None,
        occupancy=occupancy,
        peak_bytes=_peak_bytes(device),
    )


class _At(NamedTuple):
    wall_s: float
    cpu_s: float


def _while_all_wrote(told: list[list[_At]]) -> list[_At]:
    """Return the first answer's tokens from everybody's first token on until the first of them is complete."""
    begin, end = max(times[0] for times in told), min(times[-1] for times in told)
    return [at for at in told[0] if begin <= at <= end]


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
