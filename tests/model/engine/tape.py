"""A stand-in for CUDA graphs on any device: it records which operators ran on which memory, and runs those again.

As with a graph nothing of Python runs the second time, shapes are what they were, results appear where they first did,
and nothing may be read back while recording.
"""

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from model.engine.replay import Compute

_READS_BACK = {"aten::_local_scalar_dense", "aten::nonzero", "aten::masked_select", "aten::equal", "aten::is_nonzero"}


class _Tape(TorchDispatchMode):
    def __init__(self) -> None:
        super().__init__()
        self.entries: list[tuple[Any, Any, Any, Any]] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        assert func.name().partition(".")[0] not in _READS_BACK, f"a GPU cannot record {func.name()}"
        result = func(*args, **(kwargs or {}))
        self.entries.append((func, args, kwargs or {}, result))
        return result


@dataclass(slots=True)
class Tapes:
    """Records passes and counts how often one was replayed."""

    num_recorded: int = 0
    num_replayed: int = 0
    sizes: set[int] = field(default_factory=set)

    def __call__(self, compute: Compute) -> Compute:
        """Record ``compute``, as ``model.engine.replay.Record`` asks."""
        self.num_recorded += 1
        with _Tape() as tape:
            logits = compute()

        @torch.no_grad()
        def again() -> Tensor:
            self.num_replayed += 1
            self.sizes.add(len(logits))
            for func, args, kwargs, result in tape.entries:
                for old, new in zip(tree_leaves(result), tree_leaves(func(*args, **kwargs)), strict=True):
                    if isinstance(old, Tensor) and old.data_ptr() != new.data_ptr():
                        old.copy_(new)
            return logits

        return again
