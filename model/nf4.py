"""Knows how bitsandbytes keeps weights in 4 bits, and which of them the engine's own kernel can read."""

from typing import Any

from bitsandbytes.nn.modules import Linear4bit


def is_readable(layer: Any) -> bool:
    """Return whether a layer's weights are NF4 in bitsandbytes' own order, every row of them in blocks of its own."""
    if type(layer) is not Linear4bit:
        return False
    weights: Any = layer.weight
    state = weights.quant_state
    is_repacked = getattr(state, "packing_format_for_cpu", False)
    return bool(not is_repacked and state.quant_type == "nf4" and layer.in_features % state.blocksize == 0)
