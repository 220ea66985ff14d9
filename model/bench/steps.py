"""`senpai bench steps`: what a step costs beside plain ``generate``, with adapters, unfused, and in a later turn.

Knows ratios of CPU time (of wall time on a GPU) and the bars they are held against. Does not know how engines work.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import Any

from model.bench.contenders import batched, sequence
from model.bench.measure import read_bytes_per_s, weight_bytes
from model.bench.shapes import random_deltas
from model.bench.workload import Ask, asks
from model.engine.engine import Engine
from model.engine.kernel import Kernel
from model.engine.runner import TorchRunner, open_runner
from model.loader import LoadedBase

_STEPS = 12
_Way = tuple[Engine, tuple[str | None, ...]]
"""An engine, and the adapters that answers go through by turns."""
_ADAPTERS: dict[str, tuple[str | None, ...]] = {"base": (None,), "adapter": ("one",), "mixed": ("one", "other", None)}
_FUSED = "speed with query, key, value and gate, up as one product each, times without"
_LIMIT = "speed alone, times what reading the weights allows"
_TOGETHER = "tokens a second, times one answer alone"


@dataclass(slots=True)
class _Timed:
    """Seconds of what took turns, by name."""

    clock: Callable[[], float]
    taken: dict[str, list[float]] = field(default_factory=dict)

    def add(self, name: str, seconds: float) -> None:
        self.taken.setdefault(name, []).append(seconds)

    def ratio(self, one: str, other: str) -> float:
        """Return the median over the rounds of one's time to the other's."""
        return median(a / b for a, b in zip(self.taken[one], self.taken[other], strict=True))


def steps(loaded: LoadedBase, *, kernel: Kernel | None, batches: Iterable[int], rounds: int) -> list[dict[str, Any]]:
    """Return one row for each bar: what was compared, at which batch, the ratio and what it should be."""
    clock = time.process_time if loaded.device == "cpu" else time.perf_counter
    limit_s = weight_bytes(loaded.model) / read_bytes_per_s(loaded.device, clock)
    runner = open_runner(loaded, keep_plain=True, kernel=kernel)
    ways = _ways(loaded, runner, kernel)
    alone: _Timed | None = None
    rows = []
    for batch in batches:
        timed = _Timed(clock)
        for number in range(rounds + 1):
            _round(_Timed(clock) if number == 0 else timed, ways, loaded, batch)  # the first one warms up
        rows += [_row(what, batch, timed.ratio(one, other), bar) for what, one, other, bar in _bars(runner, ways)]
        if batch == 1:
            alone = timed
            rows.append(_row(_LIMIT, 1, limit_s / median(timed.taken["base"]), ">= 0.4 on a GPU"))
        elif alone is not None:
            each = median(alone.taken["base"]) / median(timed.taken["base"])
            rows.append(_row(_TOGETHER, batch, batch * each, ">= 8 at 16 on a GPU"))
    if kernel:
        without = open_runner(loaded, keep_plain=True)
        pairs = [[_reading_s(each, loaded, clock, seed) for each in (without, runner)] for seed in range(rounds + 1)]
        faster = median(before / after for before, after in pairs[1:])  # the first one warms up
        rows.append(_row("speed of reading a prompt with the kernel, times without", 1, faster, "none"))
    second = median(_second_turn(runner, loaded, clock, seed) for seed in range(rounds))
    return [*rows, _row("first token of a second turn, times the same cold", 1, second, "<= 0.35")]


def _ways(loaded: LoadedBase, runner: TorchRunner, kernel: Kernel | None) -> dict[str, _Way]:
    """Return the engines that take turns; the first ones are one and the same, on its adapters."""
    engine = _engine(runner)
    for number, name in enumerate(("one", "other")):
        engine.add_adapter("base", name, random_deltas(loaded.model, seed=number))
    ways = {name: (engine, adapters) for name, adapters in _ADAPTERS.items()}
    other = open_runner(loaded, keep_plain=True, fuse=not runner.is_fused, kernel=kernel)
    if other.is_fused != runner.is_fused:  # some models have nothing to fuse
        ways["apart" if runner.is_fused else "fused"] = (_engine(other), (None,))
    if kernel:
        ways["without"] = (_engine(open_runner(loaded, keep_plain=True)), (None,))
    if loaded.device != "cpu":
        ways["unrecorded"] = (_engine(open_runner(loaded, keep_plain=True, record=False)), (None,))
    return ways


def _bars(runner: TorchRunner, ways: dict[str, _Way]) -> list[tuple[str, str, str, str]]:
    """Return (what is compared, whose time, to whose, the bar)."""
    apart, fused, note = ("apart", "base", "none") if runner.is_fused else ("base", "fused", "none: not in use here")
    bars = [
        ("speed of a decode step, times generate", "generate", "base", ">= 0.95"),
        ("cost of an adapter, times the bare base", "adapter", "base", "<= 1.3"),
        ("cost of two adapters and the base, times the base", "mixed", "base", "<= 1.35"),
    ]
    if fused in ways and apart in ways:
        bars.append((_FUSED, apart, fused, note))
    if "without" in ways:
        bars.append(("speed of a decode step with the kernel, times without", "without", "base", "none"))
    if "unrecorded" in ways:
        bars.append(("speed of recorded steps, times operator by operator", "unrecorded", "base", "none"))
        bars.append(("speed with an adapter, times generate on the base", "generate", "adapter", ">= 8 alone"))
    return bars


def _row(what: str, batch: int, ratio: float, bar: str) -> dict[str, Any]:
    return {"what": what, "batch": batch, "ratio": round(ratio, 2), "bar": bar}


def _round(timed: _Timed, ways: dict[str, _Way], loaded: LoadedBase, batch: int) -> None:
    asked = [Ask(ask.prompt[-30:], _STEPS) for ask in asks(batch, seed=1)]
    for name, (engine, adapters) in ways.items():
        timed.add(name, _engine_step_s(engine, loaded, asked, adapters, timed.clock))
    told: list[float] = []
    batched(loaded, asked, lambda index: told.append(timed.clock()) if index == 0 else None)
    timed.add("generate", _median_gap(told))


def _engine_step_s(
    engine: Engine,
    loaded: LoadedBase,
    asked: list[Ask],
    adapters: tuple[str | None, ...],
    clock: Callable[[], float],
) -> float:
    """Return the seconds of a step in which all of ``asked`` decode, on adapters by turns."""
    for index, ask in enumerate(asked):
        own = adapters[index % len(adapters)]
        engine.put(sequence(loaded, ask, author=str(index), adapter=own, emit=lambda _: None))
    while engine.stats().waiting:
        engine.step()
    told = []
    while engine.has_work():
        told.append(clock())
        engine.step()
    return _median_gap(told)


def _second_turn(runner: TorchRunner, loaded: LoadedBase, clock: Callable[[], float], seed: int) -> float:
    """Return the time to the first token of a second question in its conversation, to the same prompt's elsewhere."""
    first, second = asks(2, seed)
    engine = _engine(runner)
    begun = sequence(loaded, first, emit=lambda _: None)
    _first_token_s(engine, begun, clock)
    while engine.has_work():
        engine.step()
    prompt = (*begun.prompt, *begun.tokens, *second.prompt[len(second.prompt) - 30 :])
    warm, cold = (
        _first_token_s(each, sequence(loaded, Ask(prompt, 2), emit=lambda _: None), clock)
        for each in (engine, _engine(runner))
    )
    return warm / cold


def _reading_s(runner: TorchRunner, loaded: LoadedBase, clock: Callable[[], float], seed: int) -> float:
    """Return the seconds to the first token behind a prompt of about 180."""
    (asked,) = asks(1, seed)
    return _first_token_s(_engine(runner), sequence(loaded, Ask(asked.prompt, 2), emit=lambda _: None), clock)


def _first_token_s(engine: Engine, asked: Any, clock: Callable[[], float]) -> float:
    begun_at = clock()
    engine.put(asked)
    while not asked.tokens:
        engine.step()
    return clock() - begun_at


def _engine(runner: TorchRunner) -> Engine:
    """Return an engine whose rows hold nothing yet."""
    engine = Engine()
    engine.add_runner("base", runner)
    return engine


def _median_gap(times: list[float]) -> float:
    return median(late - early for early, late in pairwise(times))
