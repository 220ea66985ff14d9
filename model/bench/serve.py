"""`senpai bench serve`: tokens a second and time to the first one, by engine and number of people who ask at once.

Knows how runs become rows of a table. Does not know how engines work.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from statistics import median, quantiles
from typing import Any

from model.bench.contenders import GENERATE, LLAMA, Contender
from model.bench.measure import Run, measure
from model.bench.workload import Ask, Kind, Workload, asks, workload


def serve(
    contenders: Mapping[str, Contender], *, device: str, kind: Kind, concurrency: Iterable[int], rounds: int
) -> list[dict[str, Any]]:
    """Return one row for each contender and concurrency; they take turns, and in every round another begins.

    Medians over the rounds; ``ms`` percentiles over every ask of every round. ``tokens_per_cpu_s`` counts CPU time
    of this process, which other programs on the machine touch less than the clock on the wall; ``times_generate`` is
    its ratio to one ``generate`` after the other. ``step`` is a decode step while all answers run, and
    ``steps_times_llama`` how many of them fit into the CPU time of one of llama.cpp's.
    """
    engines = list(contenders.items())
    for _, contender in engines:
        with contender() as answer:
            answer(Workload(tuple(Ask(ask.prompt, 4) for ask in asks(2, seed=0)), 2), lambda _: None)
    runs: dict[tuple[int, str], list[Run]] = defaultdict(list)
    for number in range(rounds):
        for size in concurrency:
            asked = workload(kind, size, seed=number + 1)
            for name, contender in engines[number % len(engines) :] + engines[: number % len(engines)]:
                with contender() as answer:
                    runs[size, name].append(measure(answer, asked, device))
    return [
        _row(name, size, runs[size, name], alone=runs[size, GENERATE], llama=runs[size, LLAMA])
        for size in concurrency
        for name in contenders
    ]


def _row(engine: str, concurrency: int, runs: list[Run], *, alone: list[Run], llama: list[Run]) -> dict[str, Any]:
    """``alone`` and ``llama`` are the same rounds' runs of two peers, empty where they are not measured."""
    return {
        "engine": engine,
        "concurrency": concurrency,
        "tokens_per_s": round(median(run.num_tokens / run.wall_s for run in runs), 2),
        "tokens_per_cpu_s": round(median(run.tokens_per_cpu_s for run in runs), 2),
        "times_generate": _middle(
            run.tokens_per_cpu_s / peer.tokens_per_cpu_s for run, peer in zip(runs, alone, strict=False)
        ),
        "step_ms": _middle(run.step_ms for run in runs),
        "step_cpu_ms": _middle(run.step_cpu_ms for run in runs),
        "steps_times_llama": _middle(
            _over(peer.step_cpu_ms, run.step_cpu_ms) for run, peer in zip(runs, llama, strict=False)
        ),
        **_percentiles("ttft_ms", [wait for run in runs for wait in run.ttft_ms]),
        **_percentiles("whole_ms", [wait for run in runs for wait in run.whole_ms]),
        "occupancy": _middle(run.occupancy for run in runs),
        "peak_bytes": int(median(run.peak_bytes for run in runs)),
    }


def _middle(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(median(known), 2) if known else None


def _over(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one / other


def _percentiles(name: str, values: list[float]) -> dict[str, float]:
    last = quantiles(values, n=20, method="inclusive")[-1] if len(values) > 1 else values[0]
    return {f"{name}_p50": round(median(values), 1), f"{name}_p95": round(last, 1)}
