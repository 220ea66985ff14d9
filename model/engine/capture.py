"""Records a pass as a CUDA graph, so that replaying it costs the host one call instead of one for each operator.

Knows CUDA's rules of capturing. Does not know what is computed. Never run on a GPU yet.
"""

import torch

from model.engine.replay import Compute, Record

_WARM_UPS = 2  # libraries make their handles and workspaces on first use, which a capture may not see


def recorder(device: torch.device) -> Record | None:
    """Return how passes are recorded on ``device``, None where there is nothing to gain."""
    return _Graphs(device) if device.type == "cuda" else None


class _Graphs:
    """All graphs share one pool of memory, since no two of them run at once."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._pool = torch.cuda.graph_pool_handle()

    def __call__(self, compute: Compute) -> Compute:
        """Record ``compute``. Raises RuntimeError where it does something that cannot be recorded."""
        with torch.cuda.device(self._device):
            return self._recorded(compute)

    def _recorded(self, compute: Compute) -> Compute:
        main, side = torch.cuda.current_stream(self._device), torch.cuda.Stream(self._device)  # type: ignore[no-untyped-call]
        side.wait_stream(main)
        with torch.cuda.stream(side):
            for _ in range(_WARM_UPS):
                compute()
        main.wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=self._pool, capture_error_mode="thread_local"):
            logits = compute()

        def again() -> torch.Tensor:
            graph.replay()
            return logits

        return again
