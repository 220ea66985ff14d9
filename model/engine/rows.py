"""Which tokens each row's keys and values stand for, so that a prompt that begins alike is not computed again.

Knows token ids. Does not know tensors or who waits.
The sequences that run stand in rows 0 to n-1, so that a step computes those rows and no other. A row behind them keeps
what its last sequence left there until somebody needs the room; the one used longest ago goes first.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from model.engine.sequence import Sequence

_LEAST_SHARED = 16  # tokens; copying fewer saves nothing

Weights = tuple[str | None, float]
"""What computed a row: the adapter (None is the bare base) and its strength."""


@dataclass(frozen=True, slots=True)
class Move:
    """The first ``num_tokens`` of row ``source`` are wanted in row ``target`` too."""

    source: int
    target: int
    num_tokens: int


@dataclass(frozen=True, slots=True)
class Swap:
    """Rows ``one`` and ``other`` change places; ``num_tokens`` of each matter."""

    one: int
    other: int
    num_tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a row was left with. ``weights`` names what computed it: nobody else's prompt may go on from there."""

    weights: "Weights | None" = None
    tokens: tuple[int, ...] = ()
    num_prompt_tokens: int = 0
    left_at: int = 0


class Rows:
    """The rows of one runner. Moves and swaps that were handed out count as carried out, in order."""

    def __init__(self, num_rows: int) -> None:
        self._held = [Held() for _ in range(num_rows)]
        self._count = itertools.count(1)

    def leave(self, sequence: Sequence) -> None:
        """Let ``sequence`` go; its row keeps what was computed."""
        if sequence.row is not None:
            self._held[sequence.row] = held_by(sequence, left_at=next(self._count))
            sequence.row = None

    def forget(self, row: int) -> None:
        """Nothing in ``row`` can be trusted."""
        self._held[row] = Held()

    def forget_adapter(self, adapter: str) -> None:
        """Nothing that ``adapter`` computed is of use: another one may bear its name."""
        self._held = [Held() if held.weights and held.weights[0] == adapter else held for held in self._held]

    def close_gaps(self, running: list[Sequence]) -> Iterator[Swap]:
        """Bring the sequences that run into rows 0 to n-1; what stood there goes where they come from."""
        for target, sequence in enumerate(running):
            if sequence.row != target:
                assert sequence.row is not None
                yield self._swap(sequence.row, target, sequence.num_cached)
                sequence.row = target

    def enter(self, sequence: Sequence, running: list[Sequence]) -> Iterator[Move | Swap]:
        """Give ``sequence`` the row behind those of ``running``, with as much of its prompt as any row holds."""
        row = len(running)
        source, num_shared = self._nearest(sequence, running)
        spared = min(range(row, len(self._held)), key=lambda each: self._held[each].left_at)
        continues = source >= row and num_shared >= self._held[source].num_prompt_tokens
        if num_shared and (continues or source == spared):
            if source != row:
                yield self._swap(source, row, num_shared)
        else:
            if spared != row:
                yield self._swap(spared, row, 0)
                source = spared if source == row else source
            if num_shared:
                yield Move(source, row, num_shared)
        self._held[row] = Held()
        sequence.row, sequence.num_cached = row, num_shared

    def num_shared(self, sequence: Sequence, running: list[Sequence]) -> int:
        """Return how many tokens of the prompt need not be computed."""
        return self._nearest(sequence, running)[1]

    def _nearest(self, sequence: Sequence, running: list[Sequence]) -> tuple[int, int]:
        """Return (row, tokens in common) of the row that begins most like the prompt; the last token is never shared.

        That one must be computed: what follows it is asked for.
        """
        best, most = 0, 0
        for row, idle in enumerate(self._held):
            held = held_by(running[row]) if row < len(running) else idle
            if held.weights == weights_of(sequence):
                common = num_common(held.tokens, sequence.prompt[:-1])
                best, most = (row, common) if common > most else (best, most)
        return (best, most) if most >= _LEAST_SHARED else (0, 0)

    def _swap(self, one: int, other: int, num_tokens: int) -> Swap:
        longest = max(num_tokens, len(self._held[one].tokens), len(self._held[other].tokens))
        self._held[one], self._held[other] = self._held[other], self._held[one]
        return Swap(one, other, longest)


def weights_of(sequence: Sequence) -> Weights:
    """Return what decides, beside the tokens, what a row of ``sequence`` holds."""
    return (sequence.adapter, sequence.sampling.strength) if sequence.adapter else (None, 1.0)


def held_by(sequence: Sequence, *, left_at: int = 0) -> Held:
    """Return what the row of ``sequence`` holds."""
    return Held(
        weights=weights_of(sequence),
        tokens=(*sequence.prompt, *sequence.tokens)[: sequence.num_cached],
        num_prompt_tokens=len(sequence.prompt),
        left_at=left_at,
    )


def num_common(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    """Return the length of the longest common beginning; halving, since comparing slices costs next to nothing."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[:middle] == other[:middle] else (low, middle - 1)
    return low
