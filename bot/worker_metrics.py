"""The worker's /metrics as figures. Knows Prometheus' text format and the worker's names; asks nobody.

A quantile is read off the histogram as Prometheus' ``histogram_quantile`` does: straight inside its bucket.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import inf

from prometheus_client.parser import text_string_to_metric_families

TTFT = "senpai_ttft_seconds"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerFigures:
    """What the worker has counted since it began. Latency is from accepted to the first text; None before the first."""

    ttft_p50_s: float | None
    ttft_p95_s: float | None
    num_answer_tokens: float
    num_requests: Mapping[str, float]
    memory_bytes: float | None


def read_figures(text: str) -> WorkerFigures:
    """Return the figures in ``text``, as ``GET /metrics`` gives it."""
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    named: dict[str, list[tuple[Mapping[str, str], float]]] = {}
    for sample in samples:
        named.setdefault(sample.name, []).append((sample.labels, sample.value))
    buckets = [(float(labels["le"]), count) for labels, count in named.get(f"{TTFT}_bucket", [])]
    tokens = {labels.get("place", ""): value for labels, value in named.get("senpai_tokens_total", [])}
    memory = named.get("process_resident_memory_bytes")
    return WorkerFigures(
        ttft_p50_s=quantile(buckets, 0.5),
        ttft_p95_s=quantile(buckets, 0.95),
        num_answer_tokens=tokens.get("answer", 0.0),
        num_requests={labels["outcome"]: value for labels, value in named.get("senpai_requests_total", [])},
        memory_bytes=memory[0][1] if memory else None,
    )


def quantile(buckets: Iterable[tuple[float, float]], share: float) -> float | None:
    """Return the value below which ``share`` of the observations lie; None without any.

    ``buckets`` are (upper end, number of observations up to it); what lies above the last finite end counts as that.
    """
    ordered = sorted(buckets)
    if not ordered or not ordered[-1][1]:
        return None
    wanted = share * ordered[-1][1]
    for (low, before), (high, upto) in pairwise([(0.0, 0.0), *ordered]):
        if upto >= wanted:
            return low if high == inf else low + (high - low) * (wanted - before) / max(upto - before, 1e-9)
    return None
