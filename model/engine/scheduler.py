"""Decides which sequences take part in the next step. Pure bookkeeping: no tensors, no clock.

Invariants:
- a sequence is in exactly one of: waiting, reading (its prompt is being prefilled), decoding, finished
- the decoding sequences stand in rows 0 to n-1, so that a step computes those rows and no other
- authors take turns: one sequence each, first come first served, however many each has waiting
"""

from collections import OrderedDict, deque
from collections.abc import Iterator
from dataclasses import dataclass

from model.engine.sequence import Sequence


@dataclass(frozen=True, slots=True)
class Prefill:
    """Tokens ``start`` to ``stop`` of one prompt are read into the sequence's row."""

    sequence: Sequence
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Move:
    """The first ``num_tokens`` of row ``source`` are wanted in row ``target``."""

    source: int
    target: int
    num_tokens: int


@dataclass(frozen=True, slots=True)
class Plan:
    """One step: first the moves, then the prefills, in order; then one token for each of ``decode`` (row = index)."""

    moves: tuple[Move, ...]
    prefills: tuple[Prefill, ...]
    decode: tuple[Sequence, ...]


class Scheduler:
    """The sequences of one runner. A plan that was handed out counts as carried out.

    A step reads at most ``max_prefill_tokens`` of prompts, so that new ones never make running ones wait for long.
    """

    def __init__(self, num_rows: int, max_prefill_tokens: int = 256) -> None:
        self._num_rows = num_rows
        self._max_prefill_tokens = max_prefill_tokens
        self._waiting: OrderedDict[str, deque[Sequence]] = OrderedDict()
        self._reading: Sequence | None = None
        self._decoding: list[Sequence] = []

    def __iter__(self) -> Iterator[Sequence]:
        """Yield every unfinished sequence, running ones first."""
        yield from self._running()
        for queue in self._waiting.values():
            yield from queue

    @property
    def num_waiting(self) -> int:
        """Return how many sequences have no row yet."""
        return sum(len(queue) for queue in self._waiting.values())

    @property
    def num_running(self) -> int:
        """Return how many sequences hold a row."""
        return len(self._running())

    def add(self, sequence: Sequence) -> None:
        """Let ``sequence`` wait for its author's turn."""
        self._waiting.setdefault(sequence.author, deque()).append(sequence)

    def remove(self, sequence: Sequence) -> None:
        """Forget ``sequence``, wherever it is; its row is free at once."""
        sequence.row = None
        if sequence is self._reading:
            self._reading = None
        elif sequence in self._decoding:
            last = self._decoding.pop()
            if last is not sequence:
                self._decoding[self._decoding.index(sequence)] = last
        elif sequence in (queue := self._waiting.get(sequence.author, deque())):
            queue.remove(sequence)
            if not queue:
                del self._waiting[sequence.author]

    def schedule(self) -> Plan:
        """Return the next step; empty when nobody has anything to do."""
        moves = tuple(self._compact())
        prefills = tuple(self._read())
        return Plan(moves, prefills, tuple(self._decoding))

    def _running(self) -> list[Sequence]:
        return self._decoding + ([self._reading] if self._reading else [])

    def _compact(self) -> Iterator[Move]:
        """Close the gaps that finished sequences left. Rows only move down, so in this order none is overwritten."""
        for target, sequence in enumerate(self._running()):
            if sequence.row is not None and sequence.row != target:
                num_tokens = sequence.num_cached if sequence is self._reading else sequence.num_tokens - 1
                yield Move(sequence.row, target, num_tokens)
            sequence.row = target

    def _read(self) -> Iterator[Prefill]:
        """Read prompts until this step has read enough; the last of them may be continued in the next step.

        A prompt is read up to its last token, which the first decode step takes as its input.
        """
        budget = self._max_prefill_tokens
        while budget > 0 and (sequence := self._reading or self._admit()):
            start, whole = sequence.num_cached, len(sequence.prompt) - 1
            sequence.num_cached = stop = min(start + budget, whole)
            budget -= stop - start
            self._reading = sequence if stop < whole else None
            if stop == whole:
                self._decoding.append(sequence)
            if stop > start:
                yield Prefill(sequence, start, stop)

    def _admit(self) -> Sequence | None:
        """Give the next author's first sequence the next row; None when nobody waits or no row is free."""
        if not self._waiting or len(self._decoding) == self._num_rows:
            return None
        author, queue = next(iter(self._waiting.items()))
        sequence = queue.popleft()
        sequence.row = len(self._decoding)
        self._waiting.move_to_end(author)
        if not queue:
            del self._waiting[author]
        return sequence
