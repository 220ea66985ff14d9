"""What the bot counts: answers by how they ended, and what the guards found.

Knows names and numbers, not what is said.
"""

from prometheus_client import CollectorRegistry, Counter, generate_latest

from bot.composed import Composed


class BotMetrics:
    """Counters in a registry of their own; ``text`` is for Prometheus, ``counts`` for a page."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._answers = Counter(
            "senpai_bot_answers", "Answers by how they ended.", ["outcome"], registry=self._registry
        )
        self._verdicts = Counter(
            "senpai_bot_verdicts", "What the guards found in tries.", ["verdict"], registry=self._registry
        )

    def count(self, composed: Composed) -> None:
        """Count an answer and what was found in its tries."""
        self._answers.labels(composed.outcome).inc()
        for verdict in composed.verdicts:
            self._verdicts.labels(verdict).inc()

    def counts(self) -> dict[str, int]:
        """Return every count that is not 0, by names such as ``answers.answered`` and ``verdicts.copied``."""
        samples = [sample for family in self._registry.collect() for sample in family.samples]
        counted = (sample for sample in samples if sample.name.endswith("_total") and sample.value)
        return {_short(sample.name, *sample.labels.values()): int(sample.value) for sample in counted}

    def text(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return generate_latest(self._registry)


def _short(name: str, label: str) -> str:
    return f"{name.removeprefix('senpai_bot_').removesuffix('_total')}.{label}"
