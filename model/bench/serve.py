"""`senpai bench serve`: tokens a second and time to the first one, by engine and number of people who ask at once.

Knows how runs become rows of a table. Does not know how engines work.
"""

from collections import defaultdict
from collections.abc import Iterable
from statistics import median, quantiles
from typing import Any

from model.bench.contenders import contenders
from model.bench.measure import Run, measure
from model.bench.workload import Ask, Kind, Workload, asks, workload
from model.loader import LoadedBase


def serve(loaded: LoadedBase, *, kind: Kind, concurrency: Iterable[int], rounds: int) -> list[dict[str, Any]]:
    """Return one row for each engine and concurrency; engines take turns, and in every round another begins.

    Medians over the rounds; ``ms`` percentiles over every ask of every round. ``tokens_per_cpu_s`` counts CPU time
    of this process, which other programs on the machine touch less than the clock on the wall; ``times_generate`` is
    its ratio to one ``generate`` after the other.
    """
    engines = list(contenders(loaded).items())
    for _, contender in engines:
        with contender() as answer:
            answer(Workload(tuple(Ask(ask.prompt, 4) for ask in asks(2, seed=0)), 2), lambda _: None)
    runs: dict[tuple[int, str], list[Run]] = defaultdict(list)
    for number in range(rounds):
        for size in concurrency:
            asked = workload(kind, size, seed=number + 1)
            for name, contender in engines[number % len(engines) :] + engines[: number % len(engines)]:
                with contender() as answer:
                    runs[size, name].append(measure(answer, asked, loaded.device))
    return [_row(name, size, runs[size, name], runs[size, "generate"]) for size in concurrency for name, _ in engines]


def _row(engine: str, concurrency: int, runs: list[Run], alone: list[Run]) -> dict[str, Any]:
    ratios = [(run.num_tokens / run.cpu_s) / (own.num_tokens / own.cpu_s) for run, own in zip(runs, alone, strict=True)]
    counted = [run.occupancy for run in runs if run.occupancy is not None]
    return {
        "engine": engine,
        "concurrency": concurrency,
        "tokens_per_s": round(median(run.num_tokens / run.wall_s for run in runs), 2),
        "tokens_per_cpu_s": round(median(run.num_tokens / run.cpu_s for run in runs), 2),
        "times_generate": round(median(ratios), 2),
        **_percentiles("ttft_ms", [wait for run in runs for wait in run.ttft_ms]),
        **_percentiles("whole_ms", [wait for run in runs for wait in run.whole_ms]),
        "occupancy": round(median(counted), 2) if counted else None,
        "peak_bytes": int(median(run.peak_bytes for run in runs)),
    }


def _percentiles(name: str, values: list[float]) -> dict[str, float]:
    last = quantiles(values, n=20, method="inclusive")[-1] if len(values) > 1 else values[0]
    return {f"{name}_p50": round(median(values), 1), f"{name}_p95": round(last, 1)}
