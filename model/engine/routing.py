"""Sends each row of a pass through the adapter it was admitted with, others through the bare base.

Knows PEFT's LoRA layers. Does not know sequences or how adapters come and go. PEFT's own ``adapter_names`` gives the
same numbers, but walks the whole model and sets a hook on every layer in every pass.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from peft.tuners.lora import LoraLayer

Wanted = tuple[str | None, float]
"""What one row goes through: an adapter, None for the bare base, and at which strength."""


@dataclass(frozen=True, slots=True)
class Share:
    """The rows of one adapter at one strength, as an index (None means all of them)."""

    adapter: str
    strength: float
    rows: Any


@dataclass(slots=True)
class Routing:
    """Who uses which adapter in the pass that runs now; rows in no share use the bare base."""

    shares: list[Share] = field(default_factory=list)
    _adapters: set[str] = field(default_factory=set)

    def follow(self, model: Any) -> None:
        """Let the model's LoRA layers, new ones too, ask here. Cheap while no adapter came or went."""
        adapters = set(getattr(model, "peft_config", ()))
        if adapters == self._adapters:
            return
        self._adapters = adapters
        layers: list[Any] = [module for module in model.modules() if isinstance(module, LoraLayer)]
        for layer in layers:
            layer.forward = partial(_forward, layer, self)

    def assign(self, wanted: list[Wanted], index: Any) -> None:
        """Set what each row goes through; ``index`` makes a tensor of row numbers."""
        is_uniform = len(set(wanted)) == 1
        self.shares = [
            Share(name, strength, None if is_uniform else index(_rows(wanted, (name, strength))))
            for name, strength in dict.fromkeys(wanted)
            if name is not None and strength > 0
        ]


def _rows(wanted: Iterable[Wanted], share: Wanted) -> list[int]:
    return [row for row, each in enumerate(wanted) if each == share]


def _forward(layer: Any, routing: Routing, x: Any) -> Any:
    """Return base(x) + B(A(x)) * scaling for each share's rows. ``x``: (rows, tokens, in)."""
    result = layer.base_layer(x)
    for share in routing.shares:
        if share.adapter not in layer.lora_A:
            continue
        part = x if share.rows is None else x[share.rows]
        scale = layer.scaling[share.adapter] * share.strength
        delta = layer.lora_B[share.adapter](layer.lora_A[share.adapter](part)) * scale
        result = result + delta if share.rows is None else result.index_add(0, share.rows, delta)
    return result
