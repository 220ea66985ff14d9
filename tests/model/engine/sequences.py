"""Sequences for tests: short prompts of plain numbers, text that is one letter a token."""

from dataclasses import dataclass, field
from typing import Any

from model.engine.detokeniser import Detokeniser
from model.engine.sequence import Chunk, Sequence
from model.sampling import Sampling

END = 2


def letters(tokens: list[int]) -> str:
    """Decode each token to a letter of its own."""
    return "".join(chr(0x4E00 + token) for token in tokens)


@dataclass(slots=True)
class Told:
    """Collects what a sequence emits."""

    chunks: list[Chunk] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Return everything that was shown."""
        return "".join(chunk.text for chunk in self.chunks)

    @property
    def last(self) -> Chunk:
        """Return the end; raises AssertionError when it did not come, or did not come last."""
        assert [chunk.is_last for chunk in self.chunks].index(True) == len(self.chunks) - 1
        return self.chunks[-1]


def make_sequence(
    prompt: tuple[int, ...] = (5, 6, 7),
    *,
    author: str = "a",
    runner: str = "base",
    adapter: str | None = None,
    deadline_at: float | None = None,
    decode: Any = letters,
    **sampling: Any,
) -> tuple[Sequence, Told]:
    """Return a greedy sequence and the place where its chunks arrive."""
    told = Told()
    chosen = Sampling(**{"temperature": 0, "repetition_penalty": 1, "max_tokens": 4, **sampling})
    sequence = Sequence(
        runner=runner,
        adapter=adapter,
        author=author,
        prompt=prompt,
        sampling=chosen,
        end_tokens=frozenset({END}),
        detokeniser=Detokeniser(decode, chosen.stop),
        emit=told.chunks.append,
        deadline_at=deadline_at,
    )
    return sequence, told
