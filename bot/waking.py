"""How long a message waits for a worker that cannot answer now. Knows what a worker's errors mean; asks nobody.

A worker that says it is loading will answer, and so will one that is started beside the bot and is not there yet:
whoever asks then is answered late instead of sent away. Any other trouble is told once a person would lose patience.
"""

from dataclasses import dataclass

from bot.completions import WorkerAway, WorkerError, WorkerLoading


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerPatience:
    """``usual_s`` for trouble, ``waking_s`` for a worker that is on its way: a 7 B base takes minutes to load.

    ``is_beside`` says that somebody starts the worker, again and again, for as long as the bot runs.
    """

    usual_s: float = 15.0
    waking_s: float = 300.0
    is_beside: bool = False

    def is_waking(self, error: WorkerError) -> bool:
        """Tell whether the worker is only on its way."""
        return isinstance(error, WorkerLoading) or (self.is_beside and isinstance(error, WorkerAway))

    def limit_s(self, error: WorkerError) -> float:
        """Return how long this may go on before the author is told that it does not work."""
        return self.waking_s if self.is_waking(error) else self.usual_s


@dataclass(slots=True)
class Trouble:
    """How long one kind of trouble has gone on; a worker that is awake at last and busy has not been busy for long."""

    patience: WorkerPatience
    is_waking: bool = False
    began_at: float | None = None

    def left_s(self, error: WorkerError, now: float) -> float:
        """Return how long an author may still wait after this error at ``now``, on the monotonic clock."""
        is_waking = self.patience.is_waking(error)
        if self.began_at is None or is_waking != self.is_waking:
            self.is_waking, self.began_at = is_waking, now
        return self.began_at + self.patience.limit_s(error) - now
