"""One run of one contender, by the clock, and what the machine was like meanwhile.

Knows time and memory. Does not know who runs.
"""

import os
import platform
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from model.bench.contenders import Contender
from model.bench.workload import Ask

_CLEAR_PEAK = "5"  # what Linux wants to hear in clear_refs (man 5 proc)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """``ttft_ms``: one number an ask. ``peak_bytes``: of the process, or of the GPU, weights included."""

    num_tokens: int
    wall_s: float
    cpu_s: float
    ttft_ms: tuple[float, ...]
    peak_bytes: int


def measure(contender: Contender, asks: list[Ask], device: str) -> Run:
    """Let a contender answer all asks. Everybody asks at the same moment."""
    first_at: dict[int, float] = {}

    def tell(index: int) -> None:
        if index not in first_at:
            first_at[index] = time.perf_counter()

    _forget_peak(device)
    begun_at, cpu_begun_at = time.perf_counter(), time.process_time()
    contender(asks, tell)
    return Run(
        num_tokens=sum(ask.num_tokens for ask in asks),
        wall_s=time.perf_counter() - begun_at,
        cpu_s=time.process_time() - cpu_begun_at,
        ttft_ms=tuple((first_at[index] - begun_at) * 1000 for index in range(len(asks))),
        peak_bytes=_peak_bytes(device),
    )


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
