"""`senpai bench swap`: what people notice while an adapter takes the place of another.

Knows gaps and swaps. Does not know how weights move.
"""

import tempfile
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from model.bench.crowd import BEFORE_S, Open, Ran, around, opened
from model.bench.oracle import judge
from model.bench.shapes import make_adapter
from model.engine.kernel import Kernel
from model.loader import LoadedBase, Quantization
from model.shelf import Shelf
from model.weights import Placement

_NAMES = ("one", "other")


async def swap(
    loaded: LoadedBase, quantization: Quantization, *, kernel: Kernel | None, streams: int, rounds: int
) -> list[dict[str, Any]]:
    """Swap between two random adapters ``rounds`` times under running streams; return one row a swap.

    ``loaded`` is the bare base: it makes the adapters, and afterwards says whose tokens were written.
    """
    with tempfile.TemporaryDirectory(prefix="senpai-bench-") as folder:
        home = Path(folder)
        for name in _NAMES:
            make_adapter(name, home / "checkpoints" / name, loaded)
        placement = Placement(
            quantization=quantization,
            device=loaded.device,
            bases_dir=home / "bases",
            kernel=kernel,
        )
        async with opened(home, placement, default_base=loaded.base.name, first=_NAMES[0]) as worker:
            ran = [await _round(worker, _NAMES[(number + 1) % 2], streams) for number in range(rounds)]
        return [_row(each, loaded, Shelf(home)) for each in ran]


async def _round(worker: Open, to: str, size: int) -> Ran:
    """Swap to ``to``, which is not in memory, while ``size`` answers run; in the end unload what was current."""
    before = worker.serving.current
    ran = await around(partial(worker.serving.use, to, who="bench", force=False), worker, size)
    await worker.serving.unload(before)
    return ran


def _row(ran: Ran, loaded: LoadedBase, shelf: Shelf) -> dict[str, Any]:
    took_s = ran.ended_at - ran.begun_at
    during = [gap for stream in ran.streams for gap in stream.gaps(ran.begun_at, ran.ended_at)]
    before = [gap for stream in ran.streams for gap in stream.gaps(ran.begun_at - BEFORE_S, ran.begun_at)]
    verdict = judge(loaded, shelf, _NAMES, [(each.served.name, each.sequence) for each in ran.streams])
    return {
        "swap_ms": round(took_s * 1000, 1),
        "gap_ms_longest": round(max(during) * 1000, 1),
        "gap_ms_longest_before": round(max(before) * 1000, 1),
        "step_ms_p50": round(median(before) * 1000, 1),
        "answers": len(ran.streams),
        "failed": ran.num_failed,
        "tokens": verdict.num_tokens,
        "tokens_told_apart": verdict.told_apart,
        "tokens_of_the_wrong_adapter": verdict.wrong,
        "tokens_unlike_both": verdict.unlike_both,
    }
