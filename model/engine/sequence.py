"""One request on its way through the engine: its prompt, the tokens so far and how it ends.

Knows token ids and text. Does not know rows of other sequences, tensors, checkpoints or HTTP.
"""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from model.engine.detokeniser import Detokeniser
from model.protocol import FinishReason
from model.sampling import Sampling


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """What one step added. ``num_tokens`` counts every token generated so far, an end token included.

    The last chunk has a ``finish_reason``, or an ``error`` when the model could not go on.
    """

    text: str
    num_tokens: int
    finish_reason: FinishReason | None = None
    error: str | None = None

    @property
    def is_last(self) -> bool:
        """Return whether nothing follows."""
        return self.finish_reason is not None or self.error is not None


@dataclass(slots=True, kw_only=True, eq=False)
class Sequence:
    """The prompt and what was generated after it; only the engine's thread touches it after ``submit``.

    ``runner`` and ``adapter`` name the weights (``adapter`` None is the bare base). ``deadline_at`` is a reading of
    the engine's clock. ``emit`` is called with each chunk, on the engine's thread.
    """

    runner: str
    adapter: str | None
    author: str
    prompt: tuple[int, ...]
    sampling: Sampling
    end_tokens: frozenset[int]
    detokeniser: Detokeniser
    emit: Callable[[Chunk], None]
    deadline_at: float | None = None
    tokens: list[int] = field(default_factory=list)
    num_cached: int = 0
    row: int | None = None
    is_finished: bool = False
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        if not self.prompt:
            raise ValueError("A prompt needs at least one token.")
        self._random = random.Random(self.sampling.seed)

    @property
    def num_tokens(self) -> int:
        """Return the length of prompt and answer so far."""
        return len(self.prompt) + len(self.tokens)

    @property
    def max_tokens(self) -> int:
        """Return the length that prompt and answer may reach."""
        return len(self.prompt) + self.sampling.max_tokens

    @property
    def is_reading(self) -> bool:
        """Return whether a part of the prompt is still to be computed."""
        return self.num_cached < len(self.prompt)

    def between(self, start: int, stop: int) -> Iterable[int]:
        """Return tokens ``start`` to ``stop`` of prompt and answer."""
        size = len(self.prompt)
        return self.tokens[start - size : stop - size] if start >= size else self.prompt[start:stop]

    def draw(self) -> float:
        """Return this sequence's own next random number in [0, 1), whatever its neighbours do."""
        return self._random.random()

    def accept(self, token: int) -> Chunk:
        """Take the next token, decide whether the answer ends with it and return what may be shown."""
        self.tokens.append(token)
        if token in self.end_tokens:
            return self.end("stop")
        text = self.detokeniser.feed(token)
        if self.detokeniser.is_stopped:
            return self._last(text, "stop")
        if len(self.tokens) == self.sampling.max_tokens:
            return self._last(text + self.detokeniser.flush(), "length")
        return Chunk(text=text, num_tokens=len(self.tokens))

    def end(self, reason: FinishReason) -> Chunk:
        """End here: return the text that was held back."""
        return self._last(self.detokeniser.flush(), reason)

    def fail(self, error: str) -> Chunk:
        """End because the model cannot go on; ``error`` is one sentence for whoever asked."""
        self.is_finished = True
        return Chunk(text="", num_tokens=len(self.tokens), error=error)

    def _last(self, text: str, reason: FinishReason) -> Chunk:
        self.is_finished = True
        return Chunk(text=text, num_tokens=len(self.tokens), finish_reason=reason)
