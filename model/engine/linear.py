"""The linear layers of a model as a pass of ours sees them: faster weights where there are some, adapters beside them.

Knows linear layers and the rank dimension that all adapters share. Does not know sequences or where adapters come from.

Every layer keeps the matrices of all adapters side by side, so that a pass costs two small products a layer however
many adapters take part: y = base(x) + (x Aᵀ · m) B, where m is 0 outside the columns of the token's own adapter, and
its strength inside. Outside our passes a layer computes what it always did.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import InitVar, dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import linear
from transformers.pytorch_utils import Conv1D

from model.engine.joint import joint_products
from model.engine.kernel import Kernel, Product
from model.engine.packing import packed

_FIRST_RANKS = 64  # four adapters of the usual rank; doubles whenever more are wanted
_GRAIN = 8  # ranks begin at multiples of this


Delta = tuple[Tensor, Tensor]
"""What an adapter adds to one layer: (rank, in) and (rank, out), the second with its scale in it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a stretch of tokens goes through; ``adapter`` None is the bare base."""

    adapter: str | None
    strength: float
    num_tokens: int


@dataclass(frozen=True, slots=True)
class Route:
    """Who uses which columns in one pass.

    ``hidden``: (new tokens, columns), true in those of other adapters; ``strength``: (new tokens, 1). None where
    nothing is hidden, and where all strengths are 1.
    """

    columns: slice | None = None
    hidden: Tensor | None = None
    strength: Tensor | None = None

    def of(self, tokens: Tensor | None) -> "Route":
        """Return the route of some of the tokens; None means all."""
        hidden, strength = (None if each is None else each[tokens] for each in (self.hidden, self.strength))
        return self if tokens is None else Route(self.columns, hidden, strength)


@dataclass(slots=True)
class Routing:
    """The route of the pass that runs now; None outside our passes."""

    route: Route | None = None


class Layer:
    """One linear layer; takes the place of its module's ``forward``."""

    def __init__(self, module: Any, routing: Routing, base: Product | None, kernel: Kernel | None) -> None:
        self._plain = module.forward
        self._kernel = kernel
        self._routing = routing
        self._base: Product = base or self._plain
        self._sizes = (
            (module.nx, module.nf) if isinstance(module, Conv1D) else (module.in_features, module.out_features)
        )
        self._down: Tensor | None = None  # (ranks, in)
        self._up: Tensor | None = None  # (ranks, out)

    def __call__(self, x: Tensor) -> Tensor:
        """Return the layer's output for (1, new tokens, in)."""
        route = self._routing.route
        if route is None:
            return self._plain(x)  # type: ignore[no-any-return]
        y = self._base(x)
        if route.columns is None or self._down is None or self._up is None:
            return y
        down, up = self._down[route.columns], self._up[route.columns]
        if self._kernel and y.dtype == torch.bfloat16:
            return self._kernel.add_low_rank(y, x, down, up, hidden=route.hidden, strength=route.strength)
        reduced = linear(x.flatten(0, -2).to(down.dtype), down)
        if route.hidden is not None:
            reduced.masked_fill_(route.hidden, 0)
        if route.strength is not None:
            reduced.mul_(route.strength)
        return torch.addmm(y.flatten(0, -2).to(reduced.dtype), reduced, up).to(y.dtype).view_as(y)

    def write(self, columns: slice, delta: Delta | None, num_ranks: int, like: Tensor) -> None:
        """Put an adapter's part into its columns, zeros where it has none; all layers have ``num_ranks`` of them."""
        if delta is None and self._down is None:
            return
        down, up = self.grow(num_ranks, like)
        down[columns], up[columns] = 0, 0
        if delta is not None:
            rank = len(delta[0])
            down[columns][:rank], up[columns][:rank] = delta

    def grow(self, num_ranks: int, like: Tensor) -> tuple[Tensor, Tensor]:
        """Return the columns, (ranks, in) and (ranks, out), made larger where they were too few."""
        if self._down is None or self._up is None or len(self._down) < num_ranks:
            new = tuple(like.new_zeros((num_ranks, size)) for size in self._sizes)
            for before, after in zip((self._down, self._up), new, strict=True):
                if before is not None:
                    after[: len(before)] = before
            self._down, self._up = new
        return self._down, self._up


@dataclass(slots=True)
class Layers:
    """All linear layers of one model, and which columns of the rank dimension belong to which adapter.

    ``fuse``: whether layers that read the same input become one product; None where that is faster.
    ``kernel``: the products of our own for a CPU, where there are any.
    """

    model: Any
    keep_plain: bool = True
    fuse: InitVar[bool | None] = None
    kernel: Kernel | None = None
    is_fused: bool = field(init=False)
    num_ranks: int = _FIRST_RANKS
    _routing: Routing = field(default_factory=Routing)
    _routing_of_output: Routing = field(default_factory=Routing)
    _layers: dict[str, Layer] = field(default_factory=dict)
    _columns: dict[str, slice] = field(default_factory=dict)

    def __post_init__(self, fuse: bool | None) -> None:
        embedding, output = self.model.get_input_embeddings().weight, self.model.get_output_embeddings()
        joint = joint_products(self.model, fuse=fuse, keep_plain=self.keep_plain, kernel=self.kernel)
        self.is_fused = bool(joint)
        for name, module in self.model.named_modules():
            if isinstance(module, nn.Linear | Conv1D):
                keep_plain = self.keep_plain or module.weight is embedding
                base = joint.get(module) or packed(module, keep_plain=keep_plain, kernel=self.kernel)
                routing = self._routing_of_output if module is output else self._routing
                self._layers[name] = Layer(module, routing, base, self.kernel)
                module.forward = self._layers[name]  # type: ignore[method-assign]

    def attach(self, adapter: str, deltas: Mapping[str, Delta]) -> None:
        """Copy an adapter into free columns. ``deltas`` by the layer's name; raises KeyError for one that is none."""
        unknown = deltas.keys() - self._layers.keys()
        if unknown:
            raise KeyError(min(unknown))
        columns = self._free(max(len(down) for down, _ in deltas.values()))
        for name, layer in self._layers.items():
            layer.write(columns, deltas.get(name), self.num_ranks, self.like)
        self._columns[adapter] = columns

    def detach(self, adapter: str) -> None:
        """Free an adapter's columns."""
        del self._columns[adapter]

    def reserve(self) -> None:
        """Give every layer its columns now, so that none is made or moved while adapters come and go in them."""
        for layer in self._layers.values():
            layer.grow(self.num_ranks, self.like)

    def columns(self, adapter: str | None) -> slice:
        """Return an adapter's columns; the bare base has none."""
        return self._columns[adapter] if adapter else slice(0, 0)

    @contextmanager
    def on(self, route: Route, last: Tensor | None = None) -> Iterator[None]:
        """Let what the model computes here be one of our passes; its output layer sees the tokens in ``last`` alone."""
        self._routing.route, self._routing_of_output.route = route, route.of(last)
        try:
            yield
        finally:
            self._routing.route = self._routing_of_output.route = None

    def route(self, wanted: Sequence[Wanted]) -> Route:
        """Return what each stretch of tokens goes through."""
        used = {each.adapter: self._columns[each.adapter] for each in wanted if each.adapter and each.strength}
        if not used:
            return Route()
        begin, end = min(each.start for each in used.values()), max(each.stop for each in used.values())
        rows = [self.columns(each.adapter) for each in wanted]
        is_shared = len(used) > 1 or any(columns.stop == 0 for columns in rows)
        hidden = self._hidden(wanted, rows, begin, end) if is_shared else None
        is_plain = all(each.strength == 1 for each in wanted)
        strength = None if is_plain else self._spread(wanted, [[each.strength] for each in wanted], self.like.dtype)
        return Route(slice(begin, end), hidden, strength)

    def _hidden(self, wanted: Sequence[Wanted], rows: list[slice], begin: int, end: int) -> Tensor:
        shown = [[columns.start <= column < columns.stop for column in range(begin, end)] for columns in rows]
        return self._spread(wanted, shown, torch.bool).logical_not()

    def _spread(self, wanted: Sequence[Wanted], values: list[list[Any]], dtype: torch.dtype) -> Tensor:
        """Return (new tokens, columns) with a line of ``values`` for every token of a stretch."""
        counts = torch.tensor([each.num_tokens for each in wanted])
        return torch.tensor(values, dtype=dtype).repeat_interleave(counts, dim=0).to(self.like.device)

    @property
    def like(self) -> Tensor:
        """Return a tensor of the device and precision of all columns.

        On a CPU that is fp32: products as thin as an adapter's take a quarter of the time that they take in bf16.
        """
        like: Tensor = self.model.get_input_embeddings().weight
        return torch.empty(0, dtype=torch.float32) if like.device.type == "cpu" else like

    def _free(self, rank: int) -> slice:
        """Return the first gap of ``rank`` columns, in more columns than before when there is none."""
        size = -(-rank // _GRAIN) * _GRAIN
        begin = 0
        for taken in sorted(self._columns.values(), key=lambda each: each.start):
            if taken.start - begin >= size:
                break
            begin = taken.stop
        while self.num_ranks < begin + size:
            self.num_ranks *= 2
        return slice(begin, begin + size)
