"""A base is quantised weight by weight into the very files that reading it whole and saving it would give."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import AutoModelForCausalLM, GenerationConfig

from model.loader.error import LoaderError
from model.loader.quantising import Unfamiliar, nf4, write_4bit
from tests.model.tiny import Shape, save_tiny_base

_HELD = {"device": "cpu", "dtype": torch.bfloat16}


def _files(folder: Path) -> dict[str, Tensor]:
    return {name: values for path in sorted(folder.glob("*.safetensors")) for name, values in load_file(path).items()}


def _whole(folder: Path) -> Any:
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16, quantization_config=nf4(torch.bfloat16))


@pytest.mark.parametrize("shape", ["llama", "gpt2"])
@pytest.mark.parametrize("is_pickled", [False, True])
def test_the_copy_is_what_reading_and_saving_would_give(tmp_path: Path, shape: Shape, is_pickled: bool) -> None:
    base = save_tiny_base(tmp_path / "base", shape=shape)
    GenerationConfig(eos_token_id=[2, 5]).save_pretrained(base)
    _whole(base).save_pretrained(tmp_path / "expected")
    if is_pickled:
        torch.save(load_file(base / "model.safetensors"), base / "pytorch_model.bin")
        (base / "model.safetensors").unlink()
    write_4bit(base, tmp_path / "copy", **_HELD)
    expected, written = _files(tmp_path / "expected"), _files(tmp_path / "copy")
    assert written.keys() == expected.keys()
    assert all(torch.equal(written[name], values) for name, values in expected.items())
    for name in ("config.json", "generation_config.json"):
        assert (tmp_path / "copy" / name).read_bytes() == (tmp_path / "expected" / name).read_bytes()


def test_a_large_one_becomes_several_files_that_are_read_as_one(tmp_path: Path) -> None:
    base = save_tiny_base(tmp_path / "base")
    write_4bit(base, tmp_path / "one", **_HELD)
    write_4bit(base, tmp_path / "many", **_HELD, shard_bytes=20_000)
    assert len(list((tmp_path / "many").glob("model-*.safetensors"))) > 2
    tokens = torch.arange(5, 25)[None]
    with torch.no_grad():
        one, many = (AutoModelForCausalLM.from_pretrained(tmp_path / name)(tokens).logits for name in ("one", "many"))
    assert torch.equal(one, many)


def _renamed(base: Path) -> None:
    weights = load_file(base / "model.safetensors")
    renamed = {name.removeprefix("model."): values for name, values in weights.items()}
    save_file(renamed, base / "model.safetensors", metadata={"format": "pt"})


def _with_another_output(base: Path) -> None:
    weights = load_file(base / "model.safetensors")
    weights["lm_head.weight"] = weights["transformer.wte.weight"] * 2
    save_file(weights, base / "model.safetensors", metadata={"format": "pt"})


def _truncated(base: Path) -> None:
    torch.save(load_file(base / "model.safetensors"), base / "pytorch_model.bin")
    (base / "model.safetensors").unlink()
    content = (base / "pytorch_model.bin").read_bytes()
    (base / "pytorch_model.bin").write_bytes(content[: len(content) // 2])


@pytest.mark.parametrize(
    ("shape", "change"), [("llama", _renamed), ("gpt2", _with_another_output), ("llama", _truncated)]
)
def test_what_only_transformers_can_read_is_left_to_it(
    tmp_path: Path, shape: Shape, change: Callable[[Path], None]
) -> None:
    base = save_tiny_base(tmp_path / "base", shape=shape)
    change(base)
    with pytest.raises(Unfamiliar):
        write_4bit(base, tmp_path / "copy", **_HELD)
    assert not (tmp_path / "copy").exists()


def test_other_files_beside_the_model_are_not_read(tmp_path: Path) -> None:
    base = save_tiny_base(tmp_path / "base")
    write_4bit(base, tmp_path / "expected", **_HELD)
    other = {name: values * 2 for name, values in load_file(base / "model.safetensors").items()}
    for name in ("model.fp16.safetensors", "model-00001-of-00001.safetensors"):
        save_file(other, base / name, metadata={"format": "pt"})
    write_4bit(base, tmp_path / "copy", **_HELD)
    expected, written = _files(tmp_path / "expected"), _files(tmp_path / "copy")
    assert all(torch.equal(written[name], values) for name, values in expected.items())


def test_a_weight_that_is_no_number_is_named(tmp_path: Path) -> None:
    base = save_tiny_base(tmp_path / "base")
    weights = load_file(base / "model.safetensors")
    weights["model.norm.weight"][3] = torch.nan
    save_file(weights, base / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(LoaderError, match=r"model\.norm\.weight holds something that is not a number"):
        write_4bit(base, tmp_path / "copy", **_HELD)
