"""Puts a base, or a checkpoint that is a whole model, into memory.

Knows the order: tokenizer, weights, layout. Does not know adapters.
"""

import hashlib
import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model.base import Base, BaseError
from model.checkpoint import Checkpoint, Kind, verify
from model.loader.error import LoaderError
from model.loader.placement import (
    Purpose,
    Quantization,
    choose_device,
    dtype_for,
    fits_in_memory,
    layout_of_4bit,
    multiplies_bf16,
    short,
)
from model.loader.quantising import Unfamiliar
from model.loader.quiet import quiet
from model.loader.tokenizer import load_tokenizer
from model.loader.weights import copy_of, dequantised, keep_4bit, layers_in_4bit, read, read_4bit, read_config
from model.nf4 import is_readable
from model.prompt import install_template

_log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class LoadedBase:
    """A model in memory. Only ``attach`` and ``detach`` exchange ``model``.

    ``model`` is the bare transformers model, or the PeftModel around it while adapters are attached. ``quantization``
    is what was really chosen ("4bit", "bf16 (dequantised 4bit)", ...) and ``reason`` says why in one sentence.
    """

    base: Base
    base_hash: str
    model: Any
    tokenizer: Any
    device: str
    quantization: str
    reason: str


@quiet()
def load_base(
    base: Base,
    *,
    quantization: Quantization,
    device: str = "auto",
    purpose: Purpose = "serve",
    rows: int = 8,
    bases_dir: Path | None = None,
    is_read_as_is: bool = False,
) -> LoadedBase:
    """Load a base to serve ``rows`` sequences at once, or to train on.

    With ``bases_dir`` a base that had to be quantised is kept there and loads in seconds the next time.
    ``is_read_as_is``: whether whoever computes on a CPU has a kernel of its own for 4 bits.
    Raises LoaderError when files are missing or broken, or the device does not exist.
    """
    if Path(base.location).is_absolute() and not Path(base.location).is_dir():
        raise LoaderError(f"The base's folder {base.location} does not exist: restore it or name another base.")
    base = identified(base)
    tokenizer = load_tokenizer(base.location)
    install_template(tokenizer, base.name)
    request = _Request(quantization, choose_device(device), purpose, rows, bases_dir, is_read_as_is)
    return _load(base, tokenizer, request)


@quiet()
def load_full(
    checkpoint: Checkpoint,
    *,
    quantization: Quantization,
    device: str = "auto",
    purpose: Purpose = "serve",
    rows: int = 8,
    bases_dir: Path | None = None,
    is_read_as_is: bool = False,
) -> LoadedBase:
    """Load a checkpoint that is a whole model, with the chat template it was tuned on.

    Raises CheckpointError when files are damaged, LoaderError when it is an adapter or cannot be loaded.
    """
    if checkpoint.manifest.kind is not Kind.FULL:
        raise LoaderError(f"{checkpoint.name} is an adapter, not a whole model: load its base and attach it.")
    whole = base_of(checkpoint)
    request = _Request(quantization, choose_device(device), purpose, rows, bases_dir, is_read_as_is)
    kept = copy_of(whole, bases_dir)
    if quantization != "4bit" or kept is None or not kept.is_dir():  # nothing is made of files that may be damaged
        verify(checkpoint)
        return _load(whole, load_tokenizer(whole.location), request)
    with ThreadPoolExecutor(1) as beside:  # hashing takes as long as reading the copy
        verified = beside.submit(verify, checkpoint)
        try:
            return _load(whole, load_tokenizer(whole.location), request)
        finally:
            verified.result()


@quiet()
def quantise(base: Base, *, device: str, bases_dir: Path) -> None:
    """Make the 4-bit copy of ``base`` that loading it reads, unless it is stored in 4 bits or the copy is there.

    Raises LoaderError when it cannot be read.
    """
    config, kept = read_config(base.location), copy_of(base, bases_dir)
    if getattr(config, "quantization_config", None) is None and kept is not None and not kept.is_dir():
        where = choose_device(device)
        dtype = dtype_for(config.dtype, device=where, purpose="serve", quantization="4bit", has_bf16=multiplies_bf16())
        with suppress(Unfamiliar):  # loading makes it then
            keep_4bit(base, kept, device=where, dtype=dtype)


def base_of(checkpoint: Checkpoint) -> Base:
    """Return a checkpoint that is a whole model as a base; its manifest, once verified, tells what it holds."""
    digest = hashlib.sha256(repr(sorted(checkpoint.manifest.files.items())).encode()).hexdigest()
    return Base(checkpoint.name, str(checkpoint.path), known_hash=f"sha256:{digest}")


def identified(base: Base) -> Base:
    """Return the base with its hash, which then is computed once; one that the hub has yet to send comes as it is."""
    try:
        return base.identified()
    except BaseError:
        return base


@dataclass(frozen=True, slots=True)
class _Request:
    quantization: Quantization
    device: str
    purpose: Purpose
    rows: int
    bases_dir: Path | None
    is_read_as_is: bool


def _load(base: Base, tokenizer: Any, request: _Request) -> LoadedBase:
    model, quantization, reason = _model(base, request)
    if len(tokenizer) > model.get_input_embeddings().num_embeddings:
        raise LoaderError(f"{base.location}: the tokenizer has more tokens than the model; fetch both again.")
    model.requires_grad_(request.purpose == "train" and request.quantization == "none")
    model.train(request.purpose == "train")
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    _log.info("base loaded name=%s device=%s quantization=%s", base.name, request.device, quantization)
    return LoadedBase(
        base=base,
        base_hash=base.hash(),
        model=model,
        tokenizer=tokenizer,
        device=request.device,
        quantization=quantization,
        reason=reason,
    )


def _model(base: Base, request: _Request) -> tuple[Any, str, str]:
    """Return (model, what was chosen, why)."""
    config = read_config(base.location)
    is_stored_quantised = getattr(config, "quantization_config", None) is not None
    device, quantization = request.device, request.quantization
    dtype = dtype_for(
        config.dtype, device=device, purpose=request.purpose, quantization=quantization, has_bf16=multiplies_bf16()
    )
    if quantization == "4bit" and not is_stored_quantised:
        model = read_4bit(base, request.bases_dir, device=device, dtype=dtype)
    else:
        model = read(
            base.location, quantization=None if is_stored_quantised else quantization, device=device, dtype=dtype
        )
    layers = layers_in_4bit(model)
    if not layers:
        chosen = quantization if quantization == "8bit" else short(dtype)
        return model, chosen, f"Quantization {quantization} was asked for."
    if quantization == "none":
        return dequantised(model, dtype), f"{short(dtype)} (dequantised 4bit)", "The base is stored in 4 bits."
    layout = layout_of_4bit(
        device=device,
        purpose=request.purpose,
        rows=request.rows,
        has_bf16=multiplies_bf16(),
        copy_fits=fits_in_memory(model.num_parameters() * dtype.itemsize),
        is_read_as_is=request.is_read_as_is and all(map(is_readable, layers)),
    )
    if layout.dequantised:
        return dequantised(model, dtype), f"{short(dtype)} (dequantised 4bit)", layout.reason
    for layer in layers:
        layer.support_avx512bf16_for_cpu = layout.packed and layer.out_features % 32 == 0
        layer.compute_dtype, layer.compute_type_is_set = dtype, True
    return model, "4bit (packed)" if layout.packed else "4bit", layout.reason
