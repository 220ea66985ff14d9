"""Bases, tokenizers and adapters in memory: the one place that knows the traps of quantisation.

Knows transformers, bitsandbytes and PEFT. Does not know requests, training or which checkpoint is current.

Traps of bitsandbytes 0.50 on CPUs with AVX512-BF16: one eval forward repacks 4-bit weights in place; from then on every
``state_dict()`` corrupts them in silence, training loses gradients, merging yields garbage. Packing is therefore switched
off, and adapters are written into their layers directly, without any ``state_dict()``.
"""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from peft import LoraConfig, PeftModel
from peft.tuners.lora import LoraLayer
from safetensors.torch import load_file
from torch import nn
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig
from transformers.pytorch_utils import Conv1D

from model.base import Base
from model.checkpoint import Checkpoint, Kind, verify
from model.prompt import install_template

Quantization = Literal["4bit", "8bit", "none"]
Purpose = Literal["serve", "train"]

_ADAPTER_FILE = "adapter_model.safetensors"
_log = logging.getLogger(__name__)


class LoaderError(RuntimeError):
    """A model, tokenizer or adapter cannot be loaded; the message says which and what to do."""


@dataclass(slots=True, kw_only=True)
class LoadedBase:
    """A model in memory. ``model`` is the bare transformers model, or the PeftModel around it while adapters are attached.

    ``quantization`` is what was really chosen ("4bit", "bf16 (dequantised 4bit)", ...), ``reason`` says why in one sentence.
    """

    base: Base
    base_hash: str
    model: Any
    tokenizer: Any
    device: str
    quantization: str
    reason: str


def load_tokenizer(location: str) -> Any:
    """Load the tokenizer of a model folder or hub id, with a pad token and a chat template.

    Raises LoaderError when there is none.
    """
    try:
        tokenizer = AutoTokenizer.from_pretrained(location)
    except (OSError, ValueError) as error:
        raise LoaderError(f"{location} has no tokenizer that can be read: {_first_line(error)}") from error
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.unk_token or tokenizer.eos_token
    return tokenizer


def load_base(
    base: Base,
    *,
    quantization: Quantization,
    device: str = "auto",
    purpose: Purpose = "serve",
    rows: int = 8,
    bases_dir: Path | None = None,
) -> LoadedBase:
    """Load a base for serving ``rows`` sequences at once, or for training.

    Raises LoaderError when files are missing or broken, or the device does not exist.
    """
    target = choose_device(device)
    tokenizer = load_tokenizer(base.location)
    install_template(tokenizer, base.name)
    model = _from_pretrained(base.location, quantization, target)
    chosen: str = quantization
    reason = "as asked"
    is_4bit = bool(getattr(model, "is_loaded_in_4bit", False))
    if is_4bit and (quantization == "none" or (target == "cpu" and purpose == "serve")):
        model = model.dequantize(dtype=torch.float32)
        chosen, reason = "fp32 (dequantised 4bit)", "On a CPU the dequantised copy is faster than packed NF4."
    elif not is_4bit and quantization == "none":
        chosen = str(model.dtype).removeprefix("torch.")
    _switch_packing_off(model)
    model.eval() if purpose == "serve" else model.train()
    _log.info("base loaded name=%s device=%s quantization=%s", base.name, target, chosen)
    return LoadedBase(
        base=base,
        base_hash=base.hash(),
        model=model,
        tokenizer=tokenizer,
        device=target,
        quantization=chosen,
        reason=reason,
    )


def load_full(
    checkpoint: Checkpoint,
    *,
    quantization: Quantization,
    device: str = "auto",
    purpose: Purpose = "serve",
    rows: int = 8,
) -> LoadedBase:
    """Load a checkpoint that is a whole model. Raises CheckpointError or LoaderError."""
    if checkpoint.manifest.kind is not Kind.FULL:
        raise LoaderError(f"{checkpoint.name} is an adapter: load its base and attach it.")
    verify(checkpoint)
    location = str(checkpoint.path)
    return load_base(Base(location, location), quantization=quantization, device=device, purpose=purpose, rows=rows)


def attach(loaded: LoadedBase, checkpoint: Checkpoint, *, adapter_name: str) -> None:
    """Put a checkpoint's adapter beside those already attached; it becomes PEFT's active one.

    Everything is checked before the model is touched: after a failure it is bit-identical to before.
    Raises CheckpointError when files are damaged, LoaderError when the adapter does not fit this base.
    """
    verify(checkpoint)
    if checkpoint.manifest.base_hash != loaded.base_hash:
        raise LoaderError(
            f"{checkpoint.name} was made for base {checkpoint.manifest.base}, not for {loaded.base.name}."
        )
    config = LoraConfig.from_pretrained(str(checkpoint.path))
    config.inference_mode = True
    config.fan_in_fan_out = any(isinstance(module, Conv1D) for module in loaded.model.modules())
    weights = load_file(checkpoint.path / _ADAPTER_FILE)
    if not all(torch.isfinite(weight).all() for weight in weights.values()):
        raise LoaderError(f"{checkpoint.name} holds numbers that are not finite: train it again.")
    if isinstance(loaded.model, PeftModel):
        loaded.model.add_adapter(adapter_name, config)
    else:
        loaded.model = PeftModel(loaded.model, config, adapter_name)
    parameters = dict(loaded.model.named_parameters())
    with torch.no_grad():
        for key, weight in weights.items():
            parameters[_parameter_name(key, adapter_name)].copy_(weight)
    for module in loaded.model.modules():
        if isinstance(module, LoraLayer) and adapter_name in module.scaling:
            module.scaling[adapter_name] *= checkpoint.manifest.adapter_scale
    loaded.model.set_adapter(adapter_name)
    loaded.model.eval()


def detach(loaded: LoadedBase, adapter_name: str) -> None:
    """Take an adapter out; without any left, ``loaded.model`` is the bare base again. Raises LoaderError."""
    if not isinstance(loaded.model, PeftModel) or adapter_name not in loaded.model.peft_config:
        raise LoaderError(f"No adapter {adapter_name!r} is attached.")
    if len(loaded.model.peft_config) == 1:
        loaded.model = loaded.model.unload()
    else:
        loaded.model.delete_adapter(adapter_name)


def choose_device(device: str) -> str:
    """Return cuda, cuda:N or cpu for a wish that may be auto. Raises LoaderError when there is no such device."""
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if device.startswith("cuda") and not torch.cuda.is_available():
        raise LoaderError(
            "SENPAI_DEVICE asks for a GPU but torch sees none: use auto or cpu, or install torch for CUDA."
        )
    return device


def _from_pretrained(location: str, quantization: Quantization, device: str) -> Any:
    is_quantised = getattr(AutoConfig.from_pretrained(location), "quantization_config", None) is not None
    config = None if is_quantised else _quantization_config(quantization, device)
    asked = {"quantization_config": config} if config else {}  # even None would hide the model's own
    try:
        return AutoModelForCausalLM.from_pretrained(location, device_map={"": device}, **asked)
    except (OSError, ValueError, RuntimeError) as error:
        raise LoaderError(f"{location} cannot be loaded: {_first_line(error)}") from error


def _quantization_config(quantization: Quantization, device: str) -> BitsAndBytesConfig | None:
    if quantization == "none":
        return None
    if quantization == "8bit":
        return BitsAndBytesConfig(load_in_8bit=True)
    compute = torch.bfloat16 if device != "cpu" and torch.cuda.is_bf16_supported() else torch.float32
    return BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=compute)


def _switch_packing_off(model: nn.Module) -> None:
    for module in model.modules():
        if hasattr(module, "support_avx512bf16_for_cpu"):
            module.support_avx512bf16_for_cpu = False


def _parameter_name(key: str, adapter_name: str) -> str:
    """Name the live parameter of a saved one: ``….lora_A.weight`` is ``….lora_A.<adapter_name>.weight`` in the model."""
    stem, _, leaf = key.rpartition(".")
    return f"{stem}.{adapter_name}.{leaf}"


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
