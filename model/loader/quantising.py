"""Writes a base in 4 bits, one weight after the other, so that memory is needed for the largest of them alone.

Knows files of weights, and how transformers saves what bitsandbytes quantised. Does not know where the copy belongs.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from bitsandbytes.functional import quantize_4bit
from bitsandbytes.nn.modules import Linear4bit
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor
from transformers import AutoConfig, AutoModelForCausalLM, BitsAndBytesConfig
from transformers.pytorch_utils import Conv1D
from transformers.quantizers.auto import AutoHfQuantizer

from model.loader.error import LoaderError

SHARD_BYTES = 256 << 20
"""As much is held back and written as one file."""


class Unfamiliar(ValueError):
    """The files name weights otherwise than the model does, so transformers alone can read them."""


def nf4(dtype: torch.dtype) -> BitsAndBytesConfig:
    """Return how weights are quantised here."""
    return BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=dtype)  # type: ignore[no-untyped-call]


def write_4bit(folder: Path, out: Path, *, device: str, dtype: torch.dtype, shard_bytes: int = SHARD_BYTES) -> None:
    """Write into ``out``, a new folder, what reading the base in ``folder`` in 4 bits and saving it would.

    Raises Unfamiliar, LoaderError where a weight holds something that is no number, or OSError.
    """
    model = _without_weights(folder, device, dtype)
    layers = {f"{name}.weight": each for name, each in model.named_modules() if isinstance(each, Linear4bit)}
    missing = model.state_dict().keys() - set(model.all_tied_weights_keys)
    shards = _Shards(out, shard_bytes)
    for name, weight in _weights(folder):
        if name not in missing:  # files also hold what is shared, or what transformers computes itself
            continue
        missing.remove(name)
        if not bool(weight.isfinite().all()):
            raise LoaderError(f"{folder}: {name} holds something that is not a number: fetch or make the model again.")
        held = weight.to(dtype) if weight.is_floating_point() else weight
        for part, values in _in_4bit(held, layers[name], device) if name in layers else (("", held),):
            shards.add(f"{name}{part}", values)
    if missing:
        raise Unfamiliar(f"{folder} does not name {min(missing)}.")
    shards.end()
    model.config.save_pretrained(out)
    model.generation_config.save_pretrained(out)


def _without_weights(folder: Path, device: str, dtype: torch.dtype) -> Any:
    with torch.device("meta"):
        model: Any = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(folder), dtype=dtype)  # type: ignore[no-untyped-call]
    model.config.quantization_config = nf4(dtype)
    quantizer = AutoHfQuantizer.from_config(nf4(dtype), pre_quantized=False)
    quantizer.preprocess_model(model=model, dtype=dtype, device_map={"": device})
    return model


def _weights(folder: Path) -> Iterator[tuple[str, Tensor]]:
    """Yield what the files hold; each is in memory only until the next one."""
    for path in sorted(folder.glob("*.safetensors")):
        with safe_open(path, framework="pt") as file:
            for name in file.keys():  # noqa: SIM118 - it is no mapping
                yield name, file.get_tensor(name)
    if not any(folder.glob("*.safetensors")):
        for path in sorted(folder.glob("pytorch_model*.bin")):
            yield from torch.load(path, map_location="cpu", weights_only=True, mmap=True).items()


def _in_4bit(weight: Tensor, layer: Any, device: str) -> Iterator[tuple[str, Tensor]]:
    """Yield the 4-bit weights and what belongs to them, each with what follows the weight's name."""
    matrix = weight.T if layer.source_cls is Conv1D else weight
    packed, state = quantize_4bit(
        matrix.contiguous().to(device), blocksize=layer.weight.blocksize, quant_type="nf4", compress_statistics=False
    )
    yield "", packed.cpu()
    for name, values in state.as_dict(packed=True).items():
        yield f".{name}", values.cpu()


class _Shards:
    def __init__(self, folder: Path, shard_bytes: int) -> None:
        self._folder = folder
        self._folder.mkdir()
        self._shard_bytes = shard_bytes
        self._held: dict[str, Tensor] = {}
        self._written: list[list[str]] = []  # the names in each file
        self._num_bytes = self._num_held = 0

    def add(self, name: str, values: Tensor) -> None:
        self._held[name] = values.contiguous()
        self._num_bytes += values.nbytes
        self._num_held += values.nbytes
        if self._num_held >= self._shard_bytes:
            self._write()

    def end(self) -> None:
        """Write the rest, and give the files their names."""
        self._write()
        count = len(self._written)
        names = [f"model-{number:05}-of-{count:05}.safetensors" for number in range(1, count + 1)]
        names = ["model.safetensors"] if count == 1 else names
        for number, name in enumerate(names):
            self._path(number).rename(self._folder / name)
        if count > 1:
            where = {weight: name for name, weights in zip(names, self._written, strict=True) for weight in weights}
            index = {"metadata": {"total_size": self._num_bytes}, "weight_map": where}
            (self._folder / "model.safetensors.index.json").write_text(json.dumps(index), encoding="utf-8")

    def _write(self) -> None:
        if self._held:
            save_file(self._held, self._path(len(self._written)), metadata={"format": "pt"})
            self._written.append(list(self._held))
            self._held, self._num_held = {}, 0

    def _path(self, number: int) -> Path:
        return self._folder / f"{number}.partial"
