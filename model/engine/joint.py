"""Layers that read the same numbers, computed as one product: query, key and value; gate and up.

Knows which layers those are in transformers' modules, and how weights are put one below the other, plain or in 4 bits.
Does not know adapters or passes.

One product reads the same bits and gives the same numbers as several, with fewer calls. How much that saves stands in
docs/performance.md; on a CPU it saves nothing in fp32, nor with the kernel of our own.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from bitsandbytes.functional import QuantState
from bitsandbytes.nn.modules import Linear4bit, Params4bit
from torch import Tensor, nn

from model.engine.kernel import Kernel, Product
from model.engine.packing import packed
from model.nf4 import is_readable

_TOGETHER = (("q_proj", "k_proj", "v_proj"), ("gate_proj", "up_proj"))


class Joint:
    """One product in the place of several. Each part is computed with the others when their input is first seen."""

    def __init__(self, product: Product, sizes: Sequence[int]) -> None:
        self._product = product
        self._sizes = list(sizes)
        self._input: Tensor | None = None
        self._outputs: Sequence[Tensor] = ()

    def part(self, index: int, x: Tensor) -> Tensor:
        """Return what layer ``index`` makes of (…, in); whoever is last lets go of the others' numbers."""
        if x is not self._input:
            self._input, self._outputs = x, torch.split(self._product(x), self._sizes, dim=-1)
        output = self._outputs[index]
        if index == len(self._sizes) - 1:
            self._input, self._outputs = None, ()
        return output


def joint_products(
    model: Any, *, fuse: bool | None, keep_plain: bool, kernel: Kernel | None = None
) -> dict[Any, Product]:
    """Return by module a way to compute it together with its neighbours; ``fuse`` None means where that is faster.

    Without ``keep_plain`` the joint weights take the place of the plain ones. ``kernel``: see ``packed``.
    """
    products: dict[Any, Product] = {}
    for layers in _neighbours(model):
        is_wanted = fuse if fuse is not None else kernel is None and _gains(layers[0])
        if not is_wanted or (whole := _below_each_other(layers)) is None:
            continue
        product = packed(whole, keep_plain=False, kernel=kernel) or whole
        joint = Joint(product, [layer.out_features for layer in layers])
        for index, layer in enumerate(layers):
            products[layer] = lambda x, joint=joint, index=index: joint.part(index, x)  # type: ignore[misc]
            if not keep_plain:
                layer.weight = nn.Parameter(layer.weight.detach().new_empty(0), requires_grad=False)
    return products


def _neighbours(model: Any) -> Iterator[list[Any]]:
    for parent in model.modules():
        for names in _TOGETHER:
            layers = [getattr(parent, name, None) for name in names]
            if all(isinstance(layer, nn.Linear) for layer in layers):
                yield layers


def _gains(layer: Any) -> bool:
    return bool(layer.weight.device.type != "cpu" or layer.weight.dtype != torch.float32)


def _below_each_other(layers: list[Any]) -> Any:
    """Return one layer with the rows of all, None where they cannot be joined to the bit."""
    first, kinds = layers[0], {type(layer) for layer in layers}
    has_bias = [layer.bias is not None for layer in layers]
    if len({(layer.in_features, layer.weight.dtype) for layer in layers}) > 1 or len(set(has_bias)) > 1:
        return None
    if kinds == {nn.Linear}:
        whole = nn.Linear(first.in_features, sum(layer.out_features for layer in layers), bias=False, device="meta")
        whole.weight = nn.Parameter(torch.cat([layer.weight.detach() for layer in layers]), requires_grad=False)
    elif kinds == {Linear4bit} and all(map(_is_joinable, layers)):
        whole = _in_4bit(layers)
    else:
        return None
    if has_bias[0]:
        whole.bias = nn.Parameter(torch.cat([layer.bias.detach() for layer in layers]), requires_grad=False)
    return whole.eval()


def _is_joinable(layer: Any) -> bool:
    return is_readable(layer) and not layer.weight.quant_state.nested


def _in_4bit(layers: list[Any]) -> Linear4bit:
    first, states = layers[0], [layer.weight.quant_state for layer in layers]
    num_rows = sum(layer.out_features for layer in layers)
    whole = Linear4bit(first.in_features, num_rows, bias=False, device="meta")  # type: ignore[no-untyped-call]
    state = QuantState(  # type: ignore[no-untyped-call]
        absmax=torch.cat([state.absmax for state in states]),
        shape=torch.Size((num_rows, first.in_features)),
        code=states[0].code,
        blocksize=states[0].blocksize,
        quant_type=states[0].quant_type,
        dtype=states[0].dtype,
    )
    rows = torch.cat([layer.weight.detach().view(-1, 1) for layer in layers])
    options = {"quant_state": state, "blocksize": state.blocksize, "quant_type": state.quant_type}
    whole.weight = Params4bit(rows, **options, compress_statistics=False, bnb_quantized=True, module=whole)
    whole.quant_state, whole.support_avx512bf16_for_cpu = state, first.support_avx512bf16_for_cpu
    whole.compute_dtype, whole.compute_type_is_set = first.compute_dtype, first.compute_type_is_set
    return whole
