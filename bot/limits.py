"""How often one author, or one place, may ask: a token bucket each. Bookkeeping over moments: no clock, no tasks."""

from dataclasses import dataclass
from datetime import datetime

MAX_BUCKETS = 10_000
"""When there are more, full ones are forgotten: an author without a bucket has a full one."""


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: datetime


class Limits:
    """A bucket holds a minute's worth of questions and fills steadily."""

    def __init__(self, per_minute: int) -> None:
        self._capacity = float(per_minute)
        self._per_s = per_minute / 60
        self._buckets: dict[str, _Bucket] = {}

    def wait_s(self, author: str, at: datetime) -> float:
        """Spend one token of ``author`` at a moment; 0, or after how many seconds there will be one."""
        if due_s := self.due_s(author, at):
            return due_s
        bucket = self._buckets.setdefault(author, _Bucket(self._capacity, at))
        bucket.tokens, bucket.at = self._tokens(bucket, at) - 1, max(bucket.at, at)
        if len(self._buckets) > MAX_BUCKETS:
            self._forget_full(at)
        return 0.0

    def due_s(self, author: str, at: datetime) -> float:
        """Return after how many seconds there will be a token, and spend none; 0 when there is one."""
        tokens = self._tokens(self._buckets.get(author) or _Bucket(self._capacity, at), at)
        return max(0.0, (1 - tokens) / self._per_s)

    def _tokens(self, bucket: _Bucket, at: datetime) -> float:
        passed_s = max(0.0, (at - bucket.at).total_seconds())
        return min(self._capacity, bucket.tokens + passed_s * self._per_s)

    def _forget_full(self, at: datetime) -> None:
        kept = (pair for pair in self._buckets.items() if self._tokens(pair[1], at) < self._capacity)
        self._buckets = dict(kept)
