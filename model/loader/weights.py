"""Reads weights from disk into a model, quantised, dequantised or as they are.

Knows files, bitsandbytes and the folder of bases that were quantised once. Does not choose: it is told.
"""

import fcntl
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import torch
from bitsandbytes.nn.modules import Linear4bit
from safetensors import SafetensorError
from transformers import AutoConfig, AutoModelForCausalLM, BitsAndBytesConfig

from model.base import Base, BaseError
from model.checkpoint import check_safetensors
from model.loader.error import LoaderError, first_line
from model.loader.placement import Quantization
from model.loader.quantising import Unfamiliar, nf4, write_4bit

_log = logging.getLogger(__name__)


def read_config(location: str) -> Any:
    """Read a model's config. Raises LoaderError."""
    try:
        return AutoConfig.from_pretrained(location)
    except (OSError, ValueError) as error:
        raise LoaderError(f"{location} holds no model that transformers knows: {first_line(error)}") from error


def read(location: str, *, quantization: Quantization | None, device: str, dtype: torch.dtype) -> Any:
    """Read a model; ``quantization`` None takes it as it is stored.

    Raises LoaderError when a file is truncated, a weight is absent (transformers would make one up), or memory ends.
    """
    try:
        _check_files(location)
        loaded: Any = AutoModelForCausalLM.from_pretrained(
            location,
            dtype=dtype,
            device_map={"": device},
            output_loading_info=True,
            **_options(quantization, dtype),
        )
    except torch.OutOfMemoryError as error:
        raise LoaderError(
            f"{location} does not fit into the memory that is free on {device}: unload another model or use 4bit."
        ) from error
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise LoaderError(f"{location} cannot be loaded: {first_line(error)}") from error
    model, report = loaded
    if report["missing_keys"]:
        raise LoaderError(f"{location} lacks the weight {min(report['missing_keys'])}: fetch the model again.")
    for parameter in model.parameters():  # a base stored in 4 bits keeps its stored precision whatever dtype asks for
        if parameter.is_floating_point():
            parameter.data = parameter.data.to(dtype)
    return model


def read_4bit(base: Base, bases_dir: Path | None, *, device: str, dtype: torch.dtype) -> Any:
    """Read a base in NF4, from its copy in ``bases_dir`` where there is a sound one; otherwise make that copy.

    At 1 B parameters quantising takes 35 s on a CPU and reading the copy 1.7 s. Raises LoaderError.
    """
    kept = copy_of(base, bases_dir)
    if kept is None:
        return read(base.location, quantization="4bit", device=device, dtype=dtype)
    if (model := _read_copy(kept, device=device, dtype=dtype)) is not None:
        return model
    try:
        is_kept = keep_4bit(base, kept, device=device, dtype=dtype)
    except Unfamiliar:
        model = read(base.location, quantization="4bit", device=device, dtype=dtype)
        _keep(kept, model.save_pretrained)
        return model
    model = _read_copy(kept, device=device, dtype=dtype) if is_kept else None
    return model or read(base.location, quantization="4bit", device=device, dtype=dtype)


def keep_4bit(base: Base, kept: Path, *, device: str, dtype: torch.dtype) -> bool:
    """Make the copy that ``read_4bit`` reads, with little memory; return whether it is there.

    Raises Unfamiliar where that cannot be, LoaderError where a weight holds something that is no number.
    """
    return _keep(kept, partial(write_4bit, base.folder(), device=device, dtype=dtype))


def dequantised(model: Any, dtype: torch.dtype) -> Any:
    """Return the model with plain linear layers of the same weights. Only before its first forward (see package)."""
    for layer in layers_in_4bit(model):
        layer.weight.quant_state.dtype = dtype  # type: ignore[attr-defined]
    return model.dequantize(dtype=dtype)


def layers_in_4bit(model: Any) -> list[Linear4bit]:
    """Return the layers whose weights are 4-bit."""
    return [module for module in model.modules() if isinstance(module, Linear4bit)]


def _options(quantization: Quantization | None, dtype: torch.dtype) -> dict[str, Any]:
    if quantization == "4bit":
        return {"quantization_config": nf4(dtype)}
    if quantization == "8bit":
        return {"quantization_config": BitsAndBytesConfig(load_in_8bit=True)}  # type: ignore[no-untyped-call]
    return {}


def _check_files(location: str) -> None:
    if Path(location).is_dir():
        for path in Path(location).glob("*.safetensors"):
            check_safetensors(path)


def copy_of(base: Base, bases_dir: Path | None) -> Path | None:
    """Return where the NF4 copy of ``base`` belongs, None for a hub model that is not on this machine yet."""
    try:
        return bases_dir / base.hash().replace(":", "-") if bases_dir else None
    except BaseError:
        return None


def _read_copy(kept: Path, *, device: str, dtype: torch.dtype) -> Any:
    """Return the model of a copy; None where there is none, or a damaged one, which then is removed."""
    if not kept.is_dir():
        return None
    try:
        return read(str(kept), quantization=None, device=device, dtype=dtype)
    except LoaderError as error:
        _log.warning("quantised base damaged folder=%s reason=%s", kept.name, error)
        shutil.rmtree(kept, ignore_errors=True)
        return None


def _keep(kept: Path, write: Callable[[Path], object]) -> bool:
    """Let ``write`` make the copy, whole or not at all; return whether it is there. Without it starts are slow.

    Raises what ``write`` does, but for errors of the disk.
    """
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        _sweep(kept.parent)
        with tempfile.TemporaryDirectory(prefix=f".{kept.name}.", dir=kept.parent) as staged, _held(Path(staged)):
            whole = Path(staged) / kept.name
            write(whole)
            if not kept.is_dir():  # somebody else may have made it meanwhile
                whole.rename(kept)
        _log.info("quantised base kept folder=%s", kept.name)
    except (OSError, SafetensorError, torch.OutOfMemoryError) as error:
        _log.warning("quantised base not kept folder=%s reason=%s", kept.name, error)
        return False
    return True


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Mark a folder as being written by a process that lives."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _sweep(folder: Path) -> None:
    """Delete what those who were killed while quantising have left: up to gigabytes each."""
    for left in (path for path in folder.glob(".*") if path.is_dir()):
        handle = os.open(left, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(left, ignore_errors=True)
        except BlockingIOError:
            continue
        finally:
            os.close(handle)
