"""Linear layers compute in our passes what they compute elsewhere, plus what each token's own adapter adds."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from transformers.pytorch_utils import Conv1D

from model.engine.kernel import Kernel
from model.engine.linear import Layers, Route, Wanted
from tests.model.tiny import tiny_model

_NAME = "model.layers.0.mlp.up_proj"  # 64 to 128


def _delta(rank: int, seed: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn((rank, 64), generator=generator), torch.randn((rank, 128), generator=generator)


def _output(layers: Layers, x: Tensor, *wanted: Wanted) -> Tensor:
    with layers.on(layers.route(wanted)):
        output: Tensor = layers.model.get_submodule(_NAME)(x)
    return output


def test_each_token_goes_through_its_own_adapter_at_its_own_strength() -> None:
    model = tiny_model()
    layers = Layers(model)
    x = torch.randn((1, 6, 64))
    with torch.no_grad():
        base = model.get_submodule(_NAME)(x)
        deltas = {"A": _delta(4, 1), "B": _delta(16, 2)}
        for name, delta in deltas.items():
            layers.attach(name, {_NAME: delta})
        mixed = _output(layers, x, Wanted("A", 1, 2), Wanted(None, 1, 1), Wanted("B", 0.5, 2), Wanted("A", 0, 1))
        alone = _output(layers, x, Wanted("B", 1, 6))
    added = {name: x @ down.T @ up for name, (down, up) in deltas.items()}
    expected = base.clone()
    expected[:, :2] += added["A"][:, :2]
    expected[:, 3:5] += 0.5 * added["B"][:, 3:5]
    torch.testing.assert_close(mixed, expected)
    torch.testing.assert_close(alone, base + added["B"])


def test_columns_of_one_that_left_are_given_again_and_more_are_made_when_all_are_taken() -> None:
    layers = Layers(tiny_model())
    x = torch.randn((1, 1, 64))
    with torch.no_grad():
        base = layers.model.get_submodule(_NAME)(x)
        for number in range(12):
            layers.attach(f"old {number}", {_NAME: _delta(16, number)})
        layers.detach("old 3")
        layers.attach("new", {_NAME: _delta(8, 99)})
        for name, delta in (("new", _delta(8, 99)), ("old 4", _delta(16, 4)), ("old 11", _delta(16, 11))):
            torch.testing.assert_close(_output(layers, x, Wanted(name, 1, 1)), base + x @ delta[0].T @ delta[1])
        layers.attach("without this layer", {"lm_head": (torch.ones((4, 64)), torch.ones((4, 263)))})
        assert torch.equal(_output(layers, x, Wanted("without this layer", 1, 1)), base)


def test_an_adapter_for_a_layer_that_is_not_there_is_refused_and_changes_nothing() -> None:
    layers = Layers(tiny_model())
    with pytest.raises(KeyError, match="nowhere"):
        layers.attach("A", {"nowhere": _delta(4, 1)})
    with pytest.raises(KeyError):
        layers.route([Wanted("A", 1, 1)])


@pytest.mark.parametrize("fuse", [False, True])
def test_adapters_add_the_same_with_the_kernel_as_without(kernel: Kernel, fuse: bool) -> None:
    names = [f"model.layers.{number}.mlp.{part}_proj" for number in range(2) for part in ("gate", "up")]
    torch.manual_seed(0)
    x = torch.randn((1, 7, 64)).bfloat16()
    outputs = []
    for each in (kernel, None):
        layers = Layers(tiny_model().bfloat16(), fuse=fuse, kernel=each)
        layers.attach("A", {name: _delta(4, index) for index, name in enumerate(names)})
        layers.attach("B", {names[0]: _delta(16, 9)})
        wanted = [Wanted("A", 1, 2), Wanted(None, 1, 1), Wanted("B", 0.5, 3), Wanted("A", 0.25, 1)]
        with torch.no_grad(), layers.on(layers.route(wanted)):
            outputs.append([layers.model.get_submodule(name)(x) for name in names])
    for ours, plain in zip(*outputs, strict=True):
        torch.testing.assert_close(ours, plain, rtol=0.02, atol=0.02)


def _layer(kind: type, *, bias: bool) -> Any:
    layer = Conv1D(128, 64) if kind is Conv1D else nn.Linear(64, 128, bias=bias)
    nn.init.normal_(layer.weight)
    return layer.to(torch.bfloat16)


class _Small(nn.Module):
    """One layer, and an embedding that says in which precision the model computes."""

    def __init__(self, layer: Any) -> None:
        super().__init__()
        self.embedding = nn.Embedding(2, 64, dtype=torch.bfloat16)
        self.layer = layer

    def get_input_embeddings(self) -> nn.Embedding:
        """Return the embedding."""
        return self.embedding

    def get_output_embeddings(self) -> None:
        """There is no output layer."""


@pytest.mark.parametrize(("kind", "bias"), [(nn.Linear, False), (nn.Linear, True), (Conv1D, True)])
@pytest.mark.parametrize("num_tokens", [1, 5, 40])
@pytest.mark.parametrize("has_kernel", [False, True])
def test_weights_in_the_order_of_this_cpu_give_the_same_numbers(
    kind: type, bias: bool, num_tokens: int, has_kernel: bool, request: pytest.FixtureRequest
) -> None:
    kernel: Kernel | None = request.getfixturevalue("kernel") if has_kernel else None
    plain = _layer(kind, bias=bias)
    x = torch.randn((1, num_tokens, 64)).bfloat16()
    with torch.no_grad():
        expected = plain(x)
        layers = Layers(_Small(plain), keep_plain=False, kernel=kernel)
        with layers.on(Route()):
            torch.testing.assert_close(plain(x), expected, rtol=0.02, atol=0.05)
    assert plain.weight.numel() == 0


def test_with_the_plain_weights_kept_others_see_the_model_as_it_was() -> None:
    plain = _layer(nn.Linear, bias=False)
    x = torch.randn((1, 3, 64)).bfloat16()
    with torch.no_grad():
        expected = plain(x)
        Layers(_Small(plain), keep_plain=True)
        assert torch.equal(plain(x), expected)
