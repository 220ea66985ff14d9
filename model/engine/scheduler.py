"""Decides which sequences take part in the next step. Pure bookkeeping: no tensors, no clock.

Invariants:
- a sequence is in exactly one of: waiting, running, finished; those that run stand in rows 0 to n-1
- whoever has read its prompt gets a token in every step; at most the last row is still reading
- authors take turns: one sequence each, first come first served, however many each has waiting
"""

from collections import OrderedDict, deque
from collections.abc import Iterator
from dataclasses import dataclass

from model.engine.rows import Move, Rows, Swap, num_common, weights_of
from model.engine.sequence import Sequence

MAX_RUNNING = 16
_BUSY = 4
_WORTH_WAITING = 32  # tokens that another prompt is computing in this very step: next step they are there to be copied


@dataclass(frozen=True, slots=True)
class Part:
    """Tokens ``start`` to ``stop`` of a sequence are computed in its row; a new token follows if those are all."""

    sequence: Sequence
    start: int
    stop: int

    @property
    def is_last(self) -> bool:
        """Return whether the next token is asked for."""
        return self.stop == self.sequence.num_tokens


@dataclass(frozen=True, slots=True)
class Plan:
    """One step: first the moves, in order; then all parts in one pass (row = index). The decoding ones come first."""

    moves: tuple[Move | Swap, ...]
    parts: tuple[Part, ...]


class Scheduler:
    """The sequences of one runner. A plan that was handed out counts as carried out.

    A step reads at most ``max_prefill_tokens`` of prompts, and while others decode a quarter of that, so that new ones
    never make running ones wait for long.
    """

    def __init__(self, num_rows: int, max_prefill_tokens: int = 256) -> None:
        self._max_running = min(num_rows, MAX_RUNNING)
        self._max_prefill_tokens = max_prefill_tokens
        self._rows = Rows(num_rows)
        self._waiting: OrderedDict[str, deque[Sequence]] = OrderedDict()
        self._running: list[Sequence] = []

    def __iter__(self) -> Iterator[Sequence]:
        """Yield every unfinished sequence, running ones first."""
        yield from self._running
        for queue in self._waiting.values():
            yield from queue

    @property
    def num_waiting(self) -> int:
        """Return how many sequences have no row yet."""
        return sum(len(queue) for queue in self._waiting.values())

    @property
    def num_running(self) -> int:
        """Return how many sequences hold a row."""
        return len(self._running)

    def add(self, sequence: Sequence) -> None:
        """Let ``sequence`` wait for its author's turn."""
        self._waiting.setdefault(sequence.author, deque()).append(sequence)

    def remove(self, sequence: Sequence, *, spoilt: bool = False) -> None:
        """Forget ``sequence``, wherever it is; its row is free at once. ``spoilt``: what it holds is of no use."""
        if sequence in self._running:
            row = sequence.row
            self._rows.leave(sequence)
            if spoilt and row is not None:
                self._rows.forget(row)
            self._close_gap(self._running.index(sequence))
        elif sequence in (queue := self._waiting.get(sequence.author, deque())):
            queue.remove(sequence)
            if not queue:
                del self._waiting[sequence.author]

    def forget_adapter(self, adapter: str) -> None:
        """Let no later prompt go on from what ``adapter`` computed."""
        self._rows.forget_adapter(adapter)

    def schedule(self) -> Plan:
        """Return the next step; empty when nobody has anything to do."""
        moves: list[Move | Swap] = list(self._rows.close_gaps(self._running))
        parts: list[Part] = []
        is_busy = any(not sequence.is_reading for sequence in self._running)
        budget = self._max_prefill_tokens // (_BUSY if is_busy else 1)
        for sequence in self._running:
            budget -= self._read(sequence, budget, parts)
        while budget > 0 and (new := self._next(parts)):
            moves += self._rows.enter(new, self._running)
            self._running.append(new)
            budget -= self._read(new, budget, parts)
        for part in parts:
            part.sequence.num_cached = part.stop
        return Plan(tuple(moves), tuple(parts))

    def _close_gap(self, gap: int) -> None:
        """Let the last one that decodes take the place of the one at ``gap``; one that still reads stays last."""
        reading = [self._running.pop()] if self._running[-1].is_reading and gap < len(self._running) - 1 else []
        last = self._running.pop()
        if gap < len(self._running):
            self._running[gap] = last
        self._running += reading

    @staticmethod
    def _read(sequence: Sequence, budget: int, parts: list[Part]) -> int:
        """Plan the next part of ``sequence``; return how much of the budget it takes: nothing for one that decodes."""
        start, whole = sequence.num_cached, sequence.num_tokens
        if not sequence.is_reading:
            parts.append(Part(sequence, start, whole))
            return 0
        stop = min(start + budget, whole)
        if stop > start:
            parts.append(Part(sequence, start, stop))
        return stop - start

    def _next(self, parts: list[Part]) -> Sequence | None:
        """Take the next author's first sequence from the queue; None when nobody waits, no row is free or it may wait.

        It does where most of its prompt is being computed in this very step.
        """
        if not self._waiting or len(self._running) == self._max_running:
            return None
        author, queue = next(iter(self._waiting.items()))
        if self._saves_by_waiting(queue[0], parts):
            return None
        self._waiting.move_to_end(author)
        sequence = queue.popleft()
        if not queue:
            del self._waiting[author]
        return sequence

    def _saves_by_waiting(self, sequence: Sequence, parts: list[Part]) -> bool:
        alike = [
            part for part in parts if part.start < part.stop - 1 and weights_of(part.sequence) == weights_of(sequence)
        ]
        shared = max((num_common(part.sequence.prompt[: part.stop], sequence.prompt[:-1]) for part in alike), default=0)
        return shared >= _WORTH_WAITING + self._rows.num_shared(sequence, self._running)
