"""`senpai bench serve`: tokens a second and time to the first one, by engine and number of people who ask at once.

Knows how runs become rows of a table. Does not know how engines work.
"""

from collections import defaultdict
from collections.abc import Iterable
from statistics import median, quantiles
from typing import Any

from model.bench.contenders import contenders
from model.bench.measure import Run, measure
from model.bench.workload import Ask, asks
from model.loader import LoadedBase


def serve(loaded: LoadedBase, *, concurrency: Iterable[int], rounds: int) -> list[dict[str, Any]]:
    """Return one row for each engine and concurrency; engines take turns, and in every round another begins.

    Medians over the rounds; ``ttft_ms`` percentiles over every ask of every round. ``tokens_per_cpu_s`` counts CPU time
    of this process, which other programs on the machine touch less than the clock on the wall.
    """
    engines = list(contenders(loaded).items())
    for _, contender in engines:
        contender([Ask(ask.prompt, 4) for ask in asks(2, seed=0)], lambda _: None)
    runs: dict[tuple[int, str], list[Run]] = defaultdict(list)
    for number in range(rounds):
        for size in concurrency:
            workload = asks(size, seed=number + 1)
            for name, contender in engines[number % len(engines) :] + engines[: number % len(engines)]:
                runs[size, name].append(measure(contender, workload, loaded.device))
    return [_row(name, size, runs[size, name]) for size in concurrency for name, _ in engines]


def _row(engine: str, concurrency: int, runs: list[Run]) -> dict[str, Any]:
    waits = sorted(wait for run in runs for wait in run.ttft_ms)
    return {
        "engine": engine,
        "concurrency": concurrency,
        "tokens_per_s": round(median(run.num_tokens / run.wall_s for run in runs), 2),
        "tokens_per_cpu_s": round(median(run.num_tokens / run.cpu_s for run in runs), 2),
        "ttft_ms_p50": round(median(waits), 1),
        "ttft_ms_p95": round(quantiles(waits, n=20, method="inclusive")[-1] if len(waits) > 1 else waits[0], 1),
        "peak_bytes": int(median(run.peak_bytes for run in runs)),
    }
