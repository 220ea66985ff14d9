"""Writes a base in 4 bits, one weight after the other, so that memory is needed for the largest of them alone.

Knows files of weights, and how transformers saves what bitsandbytes quantised. Does not know where the copy belongs.
"""

import json
import pickle
import zipfile
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import torch
from bitsandbytes.functional import quantize_4bit
from bitsandbytes.nn.modules import Linear4bit
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor
from transformers import AutoConfig, AutoModelForCausalLM, BitsAndBytesConfig, GenerationConfig
from transformers.pytorch_utils import Conv1D
from transformers.quantizers.auto import AutoHfQuantizer

from model.loader.error import LoaderError

SHARD_BYTES = 256 << 20
"""As much is held back and written as one file."""
_STRANGE = (RuntimeError, ValueError, KeyError, EOFError, pickle.UnpicklingError, SafetensorError)


class Unfamiliar(ValueError):
    """The files are laid out otherwise than the model is, so transformers alone can read them."""


def nf4(dtype: torch.dtype) -> BitsAndBytesConfig:
    """Return how weights are quantised here."""
    return BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=dtype)  # type: ignore[no-untyped-call]


def write_4bit(folder: Path, out: Path, *, device: str, dtype: torch.dtype, shard_bytes: int = SHARD_BYTES) -> None:
    """Write into ``out``, a new folder, what reading the base in ``folder`` in 4 bits and saving it would.

    Raises Unfamiliar, before much was done, LoaderError where a weight holds something that is no number, or OSError.
    """
    try:
        model, stored = _without_weights(folder, device, dtype), _stored(folder)
        wanted = _wanted(model, stored)
    except _STRANGE as error:
        raise Unfamiliar(f"{folder} is not laid out as usual: {error}") from error
    layers = {f"{name}.weight": each for name, each in model.named_modules() if isinstance(each, Linear4bit)}
    shards = _Shards(out, shard_bytes)
    for name in wanted:
        weight = stored[name]()
        held = weight.to(dtype) if weight.is_floating_point() else weight
        if not bool(held.isfinite().all()):
            raise LoaderError(f"{folder}: {name} holds something that is not a number: fetch or make the model again.")
        for part, values in _in_4bit(held, layers[name], device) if name in layers else (("", held),):
            shards.add(f"{name}{part}", values)
    shards.end()
    model.config.save_pretrained(out)
    model.generation_config.save_pretrained(out)


def _without_weights(folder: Path, device: str, dtype: torch.dtype) -> Any:
    """Return the model on no device. In fp32, since transformers makes another precision the default of all threads."""
    with torch.device("meta"):
        config = AutoConfig.from_pretrained(folder)
        model: Any = AutoModelForCausalLM.from_config(config, dtype=torch.float32)  # type: ignore[no-untyped-call]
    model.config.dtype, model.config.quantization_config = dtype, nf4(dtype)
    if (folder / "generation_config.json").exists():
        model.generation_config = GenerationConfig.from_pretrained(folder)
    quantizer = AutoHfQuantizer.from_config(nf4(dtype), pre_quantized=False)
    quantizer.preprocess_model(model=model, dtype=dtype, device_map={"": device})
    return model


def _stored(folder: Path) -> dict[str, Callable[[], Tensor]]:
    """Return by name how each stored weight is read, from the files that transformers would choose."""
    for whole in ("model.safetensors", "pytorch_model.bin"):
        index = folder / f"{whole}.index.json"
        if (folder / whole).exists():
            paths = {folder / whole}
        elif index.exists():
            paths = {folder / name for name in json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()}
        else:
            continue
        return {name: read for path in sorted(paths) for name, read in _in_file(path)}
    raise ValueError("it holds no weights.")


def _in_file(path: Path) -> Iterator[tuple[str, Callable[[], Tensor]]]:
    if path.suffix == ".safetensors":
        with safe_open(path, framework="pt") as file:
            for name in file.keys():  # noqa: SIM118 - it is no mapping
                yield name, partial(_of_safetensors, path, name)
    else:
        weights = torch.load(path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path))
        yield from ((name, partial(weights.__getitem__, name)) for name in weights)


def _of_safetensors(path: Path, name: str) -> Tensor:
    with safe_open(path, framework="pt") as file:
        tensor: Tensor = file.get_tensor(name)
        return tensor


def _wanted(model: Any, stored: Mapping[str, Callable[[], Tensor]]) -> list[str]:
    """Return the names of what the copy holds: no weight that is shared, nothing that transformers computes itself.

    Raises ValueError where one is not stored, or is not what the model shares it with.
    """
    shared = dict(model.all_tied_weights_keys)
    for name, source in shared.items():
        if name in stored and not torch.equal(stored[name](), stored[source]()):
            raise ValueError(f"{name} is not {source}.")
    wanted = [name for name in model.state_dict() if name not in shared]
    if missing := set(wanted) - stored.keys():
        raise ValueError(f"it does not name {min(missing)}.")
    return wanted


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
        self._num_held = 0
        self._where: dict[str, str] = {}

    def add(self, name: str, values: Tensor) -> None:
        self._held[name] = values.contiguous()
        self._num_held += values.nbytes
        if self._num_held >= self._shard_bytes:
            self._write()

    def end(self) -> None:
        """Write the rest, and where everything stands."""
        self._write()
        index = json.dumps({"metadata": {}, "weight_map": self._where})
        (self._folder / "model.safetensors.index.json").write_text(index, encoding="utf-8")

    def _write(self) -> None:
        if self._held:
            file = f"model-{len(set(self._where.values())) + 1:05}.safetensors"
            save_file(self._held, self._folder / file, metadata={"format": "pt"})
            self._where |= dict.fromkeys(self._held, file)
            self._held, self._num_held = {}, 0
