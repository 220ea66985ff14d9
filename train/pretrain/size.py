"""How large a model a machine trains in the time people give it. Knows numbers only."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """Model, vocabulary and batch. At most ``max_encoded`` tokens are encoded; a longer run reads them again."""

    num_tokens: int
    vocab: int
    layers: int
    hidden: int
    batch_rows: int
    micro_rows: int
    max_encoded: int


ON_CPU = Size(
    num_tokens=30_000_000, vocab=8192, layers=6, hidden=320, batch_rows=16, micro_rows=8, max_encoded=18_000_000
)
"""9.9 M parameters, measured at 2,570 tokens per second on two idle cores: three and a quarter hours.

Muon's update costs the same whatever the batch: a seventh of a step of 16 rows.
"""
ON_CUDA = Size(
    num_tokens=400_000_000, vocab=16384, layers=12, hidden=384, batch_rows=128, micro_rows=64, max_encoded=120_000_000
)
"""27.5 M parameters, 26 MB in NF4; the size an H200 should train in under ten minutes by arithmetic, not measured."""
