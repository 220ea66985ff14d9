"""How much memory a model will take, told from its files before any of it is read; and giving memory back.

Knows weight files and what the precisions cost. Does not know what is free or who is loaded already.
"""

import ctypes
import gc
import json
import struct
from math import prod
from pathlib import Path
from typing import Any

import torch

from model.base import Base, BaseError
from model.checkpoint import check_safetensors
from model.loader.placement import (
    Quantization,
    choose_device,
    dtype_for,
    fits_in_memory,
    layout_of_4bit,
    multiplies_bf16,
)
from model.loader.quantising import SHARD_BYTES
from model.loader.weights import read_config

_BYTES_IN_NF4 = 0.5 + 4 / 64  # a parameter, with the scale of its block
_BYTES_IN_8BIT = 1.25
_MORE = 1.25  # rows of keys and values, and what a pass needs for itself


def needed_bytes(base: Base, *, quantization: Quantization, device: str, rows: int, is_read_as_is: bool = False) -> int:
    """Return about how much memory ``base`` needs to answer; 0 when its files are not on this machine yet.

    Counts the peak of loading, where a dequantised copy stands beside what it is made from. Raises LoaderError
    or CheckpointError when they cannot be read.
    """
    try:
        folder = base.folder()
    except BaseError:
        return 0
    config = read_config(base.location)
    num_parameters = _num_parameters(folder, config)
    chosen = choose_device(device)
    stored: dict[str, Any] = getattr(config, "quantization_config", None) or {}
    dtype = dtype_for(
        config.dtype, device=chosen, purpose="serve", quantization=quantization, has_bf16=multiplies_bf16()
    )
    layout = layout_of_4bit(
        device=chosen,
        purpose="serve",
        rows=rows,
        has_bf16=multiplies_bf16(),
        copy_fits=fits_in_memory(num_parameters * dtype.itemsize),
        is_read_as_is=is_read_as_is and stored.get("bnb_4bit_quant_type", "nf4") == "nf4",
    )
    in_4bit = _bytes_in_4bit(num_parameters, config, has_own_output=chosen == "cpu")
    taken = {
        "4bit": in_4bit + num_parameters * (dtype.itemsize if layout.dequantised else 0),
        "8bit": num_parameters * _BYTES_IN_8BIT,
        "none": num_parameters * dtype.itemsize + (in_4bit if stored else 0),
    }
    return int(taken[quantization] * _MORE)


def quantising_bytes(base: Base) -> int:
    """Return about how much memory it takes to quantise ``base``: its largest weight, twice, and what is held back.

    Raises LoaderError when it cannot be read.
    """
    text = read_config(base.location).get_text_config()
    return SHARD_BYTES + 2 * torch.float32.itemsize * int(text.vocab_size * text.hidden_size)


def return_memory() -> None:
    """Give freed memory back to the system: C's allocator keeps up to a gigabyte of an unloaded model otherwise."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc's own; elsewhere there is nothing to do
    if trim is not None:
        trim(0)


def _bytes_in_4bit(num_parameters: int, config: Any, *, has_own_output: bool) -> int:
    """Count linear layers in 4 bits, embeddings and output layer in 16, apart where the engine lays out its own."""
    text = config.get_text_config()
    num_embedded = int(text.vocab_size * text.hidden_size)
    num_stored = 1 if getattr(text, "tie_word_embeddings", False) else 2
    num_held = 2 if has_own_output else num_stored
    num_linear = num_parameters - num_stored * num_embedded
    return int(num_linear * _BYTES_IN_NF4) + num_held * num_embedded * torch.bfloat16.itemsize


def _num_parameters(folder: Path, config: Any) -> int:
    files = sorted(folder.glob("*.safetensors"))
    if files:
        return sum(_num_in_safetensors(path) for path in files)
    itemsize = (config.dtype or torch.float32).itemsize
    return int(sum(path.stat().st_size for path in folder.glob("*.bin")) // itemsize)


def _num_in_safetensors(path: Path) -> int:
    """Count from the header alone; in a byte of 4-bit weights there are two. Raises CheckpointError."""
    check_safetensors(path)
    with path.open("rb") as stream:
        (num_header_bytes,) = struct.unpack("<Q", stream.read(8))
        header = json.loads(stream.read(num_header_bytes))
    tensors = (tensor for name, tensor in header.items() if name != "__metadata__")
    return sum(prod(tensor["shape"]) * (2 if tensor["dtype"] == "U8" else 1) for tensor in tensors)
