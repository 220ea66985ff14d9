"""Random weights have exactly the shape of the model they stand for."""

from pathlib import Path

import pytest

from model.base import MINI, resolve
from model.bench.shapes import Shape, make_adapter, make_base
from model.checkpoint import read, verify
from model.loader import attach, load_base


@pytest.mark.parametrize(
    ("shape", "width", "vocab"), [("mini", 320, 8192), ("rinna", 2048, 44928), ("0.3b", 1024, 45056)]
)
def test_a_shape_loads_as_the_model_it_stands_for(tmp_path: Path, shape: Shape, width: int, vocab: int) -> None:
    loaded = load_base(make_base(shape, tmp_path, layers=1), quantization="none", device="cpu")
    assert loaded.model.get_input_embeddings().weight.shape == (vocab, width)
    assert loaded.model.config.num_hidden_layers == 1


def test_all_of_mini_is_the_embedded_base(tmp_path: Path) -> None:
    assert make_base("mini", tmp_path) == resolve(MINI)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("shape", ["mini", "rinna"])
def test_a_random_adapter_is_a_whole_checkpoint_that_fits(tmp_path: Path, shape: Shape) -> None:
    loaded = load_base(make_base(shape, tmp_path / "base", layers=1), quantization="4bit", device="cpu")
    make_adapter("one", tmp_path / "one", loaded)
    verify(read(tmp_path / "one"))
    attach(loaded, read(tmp_path / "one"), adapter_name="one")
