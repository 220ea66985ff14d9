"""What Prometheus reads from the worker. Knows names and numbers, not what is said."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from model.engine.engine import Stats
from model.engine.sequence import Chunk


class Metrics:
    """Counters in a registry of their own, so that two workers in one process do not meet.

    ``senpai_step_rows`` is a histogram: its sum over its count is the average batch size of a step.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        ProcessCollector(registry=registry)  # memory and processor time of the worker, on Linux
        self._requests = Counter("senpai_requests", "Requests by how they ended.", ["outcome"], registry=registry)
        self._tokens = Counter("senpai_tokens", "Tokens by where they stand.", ["place"], registry=registry)
        self._swaps = Counter("senpai_swaps", "Changes of the current checkpoint.", ["outcome"], registry=registry)
        self.ttft = Histogram("senpai_ttft_seconds", "From accepted to the first text.", registry=registry)
        self._step_rows = Histogram(
            "senpai_step_rows", "Sequences in one decode step.", buckets=(1, 2, 4, 8, 12, 16), registry=registry
        )

    def count_step(self, num_rows: int) -> None:
        """Count one decode step; called on the engine's thread."""
        self._step_rows.observe(num_rows)

    def count_request(self, num_prompt_tokens: int, last: Chunk) -> None:
        """Count a request that has ended."""
        self._requests.labels(last.finish_reason or "failed").inc()
        self._tokens.labels("prompt").inc(num_prompt_tokens)
        self._tokens.labels("answer").inc(last.num_tokens)

    @contextmanager
    def count_swap(self, refusal: type[Exception]) -> Iterator[None]:
        """Count the change of checkpoint that happens inside."""
        try:
            yield
        except refusal:
            self._swaps.labels("refused").inc()
            raise
        self._swaps.labels("done").inc()

    def watch(self, stats: Callable[[], Stats]) -> None:
        """Show queue and running rows as they are when somebody looks."""
        queue = Gauge("senpai_queue", "Requests waiting for a row.", registry=self._registry)
        running = Gauge("senpai_running", "Requests that hold a row.", registry=self._registry)
        queue.set_function(lambda: stats().waiting)
        running.set_function(lambda: stats().running)

    def text(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return generate_latest(self._registry)
