"""The loop: schedule, run, commit, for every sequence at once.

Knows sequences, schedulers and what a runner offers. Does not know tensors, checkpoints, threads or HTTP.
One thread owns an engine; ``model.engine.door`` is how others reach it.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from model.engine.pace import Pace
from model.engine.rows import Move, Swap
from model.engine.scheduler import Part, Scheduler
from model.engine.sequence import Chunk, Sequence

NOT_FINITE = "The model's numbers are not finite: this checkpoint is broken, use another one."


class EngineError(Exception):
    """A sequence cannot be taken."""


class QueueFull(EngineError):
    """As many sequences are waiting as may wait; ``wait_s`` is how long they will probably take."""

    def __init__(self, num_waiting: int, wait_s: float) -> None:
        super().__init__(f"{num_waiting} requests are waiting already: try again in about {max(1, round(wait_s))} s.")
        self.wait_s = wait_s


class TooLong(EngineError):
    """Prompt and answer do not fit into a row."""


class WeightsGone(EngineError):
    """The weights were unloaded while the request was on its way."""


class WeightsInUse(EngineError):
    """A sequence still runs on weights that were to go."""


class Runner(Protocol):
    """One model and its KV rows."""

    @property
    def num_rows(self) -> int:
        """How many sequences fit at once."""

    @property
    def row_tokens(self) -> int:
        """How many tokens, prompt and answer together, fit into one row."""

    def attach(self, adapter: str, weights: Any) -> None:
        """Let sequences go through an adapter."""

    def detach(self, adapter: str) -> None:
        """Forget an adapter that no sequence goes through."""

    def move(self, moves: Iterable[Move | Swap]) -> None:
        """Copy and exchange rows, in order."""

    def run(self, parts: tuple[Part, ...]) -> list[int | None]:
        """Compute each part (row = index) in one pass; return the token behind it, None where numbers are not finite.

        A row whose numbers are not finite is zeroed.
        """


@dataclass(frozen=True, slots=True)
class Stats:
    """How much is going on: ``running`` hold rows, ``waiting`` have none yet."""

    waiting: int
    running: int


@dataclass(frozen=True, slots=True)
class _Lane:
    runner: Runner
    scheduler: Scheduler
    adapters: set[str | None]


class Engine:
    """Steps several runners in turn, each with its own rows and one bounded queue before them all.

    ``on_step`` is told how many sequences got a token in every step.
    """

    def __init__(
        self,
        *,
        max_waiting: int = 64,
        clock: Callable[[], float] = time.monotonic,
        on_step: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._max_waiting = max_waiting
        self._clock = clock
        self._on_step = on_step
        self._pace = Pace()
        self._lanes: dict[str, _Lane] = {}

    def add_runner(self, name: str, runner: Runner) -> None:
        """Serve one more model beside the others, without adapters at first."""
        self._lanes[name] = _Lane(runner, Scheduler(runner.num_rows), {None})

    def remove_runner(self, name: str) -> None:
        """Forget a model. Raises WeightsInUse while a sequence runs on it."""
        if any(self._lanes[name].scheduler):
            raise WeightsInUse(f"{name} is still answering.")
        del self._lanes[name]

    def add_adapter(self, runner: str, adapter: str, weights: Any) -> None:
        """Attach an adapter to a runner's model and accept sequences for it."""
        self._lanes[runner].runner.attach(adapter, weights)
        self._lanes[runner].adapters.add(adapter)

    def remove_adapter(self, runner: str, adapter: str) -> None:
        """Detach an adapter. Raises WeightsInUse while a sequence runs on it."""
        lane = self._lanes[runner]
        if any(sequence.adapter == adapter for sequence in lane.scheduler):
            raise WeightsInUse(f"{adapter} is still answering.")
        lane.adapters.discard(adapter)
        lane.scheduler.forget_adapter(adapter)
        lane.runner.detach(adapter)

    def submit(self, sequence: Sequence) -> None:
        """Queue ``sequence``. Raises QueueFull, TooLong or WeightsGone, and then nothing is emitted for it."""
        if (waiting := self.stats().waiting) >= self._max_waiting:
            raise QueueFull(waiting, self._pace.wait_s(waiting))
        self.put(sequence)

    def put(self, sequence: Sequence) -> None:
        """Queue ``sequence`` beyond the bound: for the worker's own. Raises TooLong or WeightsGone."""
        lane = self._lanes.get(sequence.runner)
        if lane is None or sequence.adapter not in lane.adapters:
            raise WeightsGone("The checkpoint was unloaded a moment ago: ask again.")
        if sequence.max_tokens > lane.runner.row_tokens:
            raise TooLong(
                f"The prompt has {len(sequence.prompt)} tokens and the answer may have {sequence.sampling.max_tokens}, "
                f"but this model reads {lane.runner.row_tokens} in all: shorten the conversation or lower max_tokens."
            )
        lane.scheduler.add(sequence)

    def cancel(self, sequence: Sequence) -> None:
        """End ``sequence`` and free its row at once; nothing happens when it has ended already."""
        if not sequence.is_finished:
            if lane := self._lanes.get(sequence.runner):
                lane.scheduler.remove(sequence)
            sequence.emit(sequence.end("cancelled"))

    def cancel_all(self) -> None:
        """End every sequence."""
        for sequence in self._sequences():
            self.cancel(sequence)

    def step(self) -> None:
        """Bring every running sequence one token further and waiting prompts a part further."""
        begun_at, num_unfinished = self._clock(), self._num_unfinished()
        for lane in self._lanes.values():
            self._expire(lane)
            plan = lane.scheduler.schedule()
            lane.runner.move(plan.moves)
            if plan.parts:
                self._commit(lane, plan.parts, lane.runner.run(plan.parts))
        self._pace.count(self._clock() - begun_at, num_unfinished - self._num_unfinished())

    def has_work(self) -> bool:
        """Return whether a step would do anything."""
        return self._num_unfinished() > 0

    def stats(self) -> Stats:
        """Count what waits and runs."""
        schedulers = [lane.scheduler for lane in self._lanes.values()]
        return Stats(sum(each.num_waiting for each in schedulers), sum(each.num_running for each in schedulers))

    def fail_all(self, error: str) -> None:
        """End every sequence with ``error``: a step went wrong and its rows cannot be trusted."""
        for sequence in self._sequences():
            self._end(self._lanes[sequence.runner], sequence, sequence.fail(error))

    def _num_unfinished(self) -> int:
        stats = self.stats()
        return stats.waiting + stats.running

    def _sequences(self) -> list[Sequence]:
        return [sequence for lane in self._lanes.values() for sequence in lane.scheduler]

    def _commit(self, lane: _Lane, parts: tuple[Part, ...], tokens: list[int | None]) -> None:
        if num_last := sum(part.is_last for part in parts):
            self._on_step(num_last)
        for part, token in zip(parts, tokens, strict=True):
            if token is None:
                self._end(lane, part.sequence, part.sequence.fail(NOT_FINITE))
            elif part.is_last:
                chunk = part.sequence.accept(token)
                if chunk.is_last:
                    self._end(lane, part.sequence, chunk)
                else:
                    part.sequence.emit(chunk)

    def _end(self, lane: _Lane, sequence: Sequence, last: Chunk) -> None:
        """Free the row, then tell whoever asked."""
        lane.scheduler.remove(sequence, spoilt=last.error is not None)
        sequence.emit(last)

    def _expire(self, lane: _Lane) -> None:
        now = self._clock()
        late = [each for each in lane.scheduler if each.deadline_at is not None and each.deadline_at <= now]
        for sequence in late:
            self._end(lane, sequence, sequence.end("deadline"))
