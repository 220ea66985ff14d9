"""Puts adapters beside a loaded base and takes them out again, without touching a bit of the base.

Knows PEFT's layers. Does not know which adapter a request wants.

PEFT's own loading goes through ``state_dict()``, which corrupts packed 4-bit weights; here the layers are injected by
PEFT and their weights are copied in by name. Reading is apart from inserting: a base that answers waits for the second
alone.
"""

import logging
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, PeftConfig, PeftModel
from peft.tuners.lora import LoraLayer
from peft.tuners.tuners_utils import check_target_module_exists
from peft.utils.other import get_pattern_key
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor
from transformers.pytorch_utils import Conv1D

from model.checkpoint import Checkpoint, Kind, verify
from model.loader.error import LoaderError, first_line
from model.loader.load import LoadedBase
from model.loader.quiet import quiet

_WEIGHTS = "adapter_model.safetensors"
_TOKENIZER = "tokenizer.json"
_TEMPLATE = "chat_template.jinja"
_PREFIX = "base_model.model."
_INSIDE = re.compile(r"\.(base_layer|lora_[AB]\.[^.]+)$")  # what another adapter has put around and inside a layer
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    """A checkpoint's adapter that was read and proven to fit its base; ``weights`` are in the base's precision."""

    checkpoint: str
    config: LoraConfig
    weights: dict[str, Tensor]
    scale: float

    def deltas(self) -> dict[str, tuple[Tensor, Tensor]]:
        """Return by layer the matrices A (rank, in) and B (rank, out), B with the adapter's scale in it.

        The same numbers as PEFT's layers compute with. Raises LoaderError where weights and config disagree.
        """
        layers = {key.removeprefix(_PREFIX).rpartition(".lora_")[0] for key in self.weights}
        return {layer: self._delta(layer) for layer in sorted(layers)}

    def _delta(self, layer: str) -> tuple[Tensor, Tensor]:
        rank, alpha = (
            patterns.get(get_pattern_key(list(patterns), layer), default)
            for patterns, default in (
                (self.config.rank_pattern or {}, self.config.r),
                (self.config.alpha_pattern or {}, self.config.lora_alpha),
            )
        )
        down, up = (self.weights.get(f"{_PREFIX}{layer}.lora_{part}.weight") for part in "AB")
        if down is None or up is None or not len(down) == up.shape[1] == rank:
            raise LoaderError(
                f"{self.checkpoint}: its weights and its adapter_config.json disagree about {layer}: train it again."
            )
        scale = self.scale * alpha / (math.sqrt(rank) if self.config.use_rslora else rank)
        return down, (up.T.float() * scale).to(up.dtype)


def attach(loaded: LoadedBase, checkpoint: Checkpoint, *, adapter_name: str) -> None:
    """Read a checkpoint's adapter and insert it at once. Raises what ``read_adapter`` and ``insert`` raise."""
    insert(loaded, read_adapter(loaded, checkpoint), adapter_name=adapter_name)


def read_adapter(loaded: LoadedBase, checkpoint: Checkpoint) -> Adapter:
    """Read and check a checkpoint's adapter, while ``loaded`` may be answering.

    Raises CheckpointError when files are damaged, LoaderError when the adapter does not fit this base.
    """
    verify(checkpoint)
    _check_base(loaded, checkpoint)
    weights = _weights(loaded, checkpoint)
    config = _config(loaded, checkpoint, weights)
    return Adapter(checkpoint=checkpoint.name, config=config, weights=weights, scale=checkpoint.manifest.adapter_scale)


@quiet()
def insert(loaded: LoadedBase, adapter: Adapter, *, adapter_name: str) -> None:
    """Put an adapter beside those already attached; it becomes PEFT's active one. Not while ``loaded`` computes.

    After any failure the model computes bit for bit what it did before. Raises LoaderError when PEFT refuses it or the
    name is taken.
    """
    if adapter_name in getattr(loaded.model, "peft_config", {}):
        raise LoaderError(f"An adapter {adapter_name!r} is attached already: detach it first.")
    try:
        _inject(loaded, adapter.config, adapter_name)
        _fill(loaded.model, adapter.weights, adapter_name, adapter.scale)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        _withdraw(loaded, adapter_name)
        raise LoaderError(
            f"{adapter.checkpoint} cannot be attached as {adapter_name!r}: {first_line(error)}"
        ) from error
    _log.info("adapter attached name=%s checkpoint=%s", adapter_name, adapter.checkpoint)


def detach(loaded: LoadedBase, adapter_name: str) -> None:
    """Take an adapter out; without any left, ``loaded.model`` is the bare base again. Raises LoaderError."""
    if adapter_name not in getattr(loaded.model, "peft_config", {}):
        raise LoaderError(f"No adapter {adapter_name!r} is attached.")
    _withdraw(loaded, adapter_name)
    _log.info("adapter detached name=%s", adapter_name)


def _check_base(loaded: LoadedBase, checkpoint: Checkpoint) -> None:
    manifest = checkpoint.manifest
    if manifest.kind is not Kind.ADAPTER:
        raise LoaderError(f"{checkpoint.name} is a whole model, not an adapter: load it by itself.")
    if manifest.base_hash != loaded.base_hash:
        raise LoaderError(
            f"{checkpoint.name} was made for base {manifest.base} with hash {manifest.base_hash[:15]}, but "
            f"{loaded.base.name} with hash {loaded.base_hash[:15]} is loaded: load that base or train again."
        )
    if not _has_vocabulary_of(loaded.tokenizer, checkpoint.path / _TOKENIZER):
        raise LoaderError(f"{checkpoint.name} was tuned with another vocabulary than the base's: train it again.")
    template = checkpoint.path / _TEMPLATE
    if template.is_file() and template.read_text("utf-8").strip() != loaded.tokenizer.chat_template.strip():
        raise LoaderError(f"{checkpoint.name} was tuned on another chat template than the base's: train it again.")


def _has_vocabulary_of(tokenizer: Any, path: Path) -> bool:
    """Return whether a tokenizer file, if there is one, gives every token the id that the base knows."""
    if not path.is_file():
        return True
    try:
        vocabulary: dict[str, int] = Tokenizer.from_file(str(path)).get_vocab(with_added_tokens=True)
    except Exception as error:  # boundary: tokenizers raises nothing narrower
        raise LoaderError(f"{path} is no tokenizer: {first_line(error)}") from error
    return bool(vocabulary == tokenizer.get_vocab())


def _weights(loaded: LoadedBase, checkpoint: Checkpoint) -> dict[str, Tensor]:
    """Read the adapter's tensors, in the precision the base computes in; all finite, each with a layer of its shape."""
    dtype = loaded.model.get_input_embeddings().weight.dtype
    path = checkpoint.path / _WEIGHTS
    if not path.is_file():
        raise LoaderError(f"{path} is missing: import the checkpoint again.")
    weights = {key: weight.to(dtype) for key, weight in load_file(path).items()}
    bare = loaded.model.get_base_model() if isinstance(loaded.model, PeftModel) else loaded.model
    modules = dict(bare.named_modules())
    for key, weight in weights.items():
        layer, _, part = key.removeprefix(_PREFIX).rpartition(".lora_")
        expected = _shape(modules.get(layer), part, weight)
        if expected is None:
            raise LoaderError(f"{path} has a weight {key}, which is no LoRA weight of a layer in {loaded.base.name}.")
        if weight.shape != expected:
            raise LoaderError(f"{path}: {key} is {tuple(weight.shape)}, but the base needs {expected}.")
        if not torch.isfinite(weight).all():
            raise LoaderError(f"{path}: {key} holds numbers that are not finite; train it again.")
    return weights


def _shape(layer: Any, part: str, weight: Tensor) -> tuple[int, int] | None:
    """Return the shape of a LoRA weight: A is (r, in), B is (out, r)."""
    if layer is None or weight.ndim != 2:
        return None
    num_in, num_out = (layer.nx, layer.nf) if isinstance(layer, Conv1D) else _features(layer)
    shapes = {"A.weight": (weight.shape[0], num_in), "B.weight": (num_out, weight.shape[1])}
    return shapes.get(part) if num_in else None


def _features(layer: Any) -> tuple[int, int]:
    return getattr(layer, "in_features", 0), getattr(layer, "out_features", 0)


def _config(loaded: LoadedBase, checkpoint: Checkpoint, weights: dict[str, Tensor]) -> LoraConfig:
    """Return PEFT's config for exactly the layers that have weights."""
    try:
        config = PeftConfig.from_pretrained(str(checkpoint.path))
    except (ValueError, TypeError, KeyError, OSError) as error:
        raise LoaderError(f"{checkpoint.path} has no adapter_config.json of PEFT: {first_line(error)}") from error
    if not isinstance(config, LoraConfig) or config.use_dora or config.modules_to_save or config.bias != "none":
        raise LoaderError(
            f"{checkpoint.name} is no plain LoRA adapter: train it without DoRA, biases and saved modules."
        )
    given = {key.removeprefix(_PREFIX).rpartition(".lora_")[0] for key in weights}
    targets = _targets(loaded, config)
    if extra := given - targets:
        raise LoaderError(f"{checkpoint.name} has weights for {min(extra)}, no layer its adapter_config.json names.")
    if missing := targets - given:
        raise LoaderError(
            f"{checkpoint.name} lacks the weights of {len(missing)} layers that it names, {min(missing)} first: import "
            "the checkpoint again."
        )
    config.target_modules = sorted(given)
    config.layers_to_transform = config.layers_pattern = config.exclude_modules = None
    config.fan_in_fan_out = any(isinstance(module, Conv1D) for module in loaded.model.modules())
    config.inference_mode = True
    return config


def _targets(loaded: LoadedBase, config: LoraConfig) -> set[str]:
    """Return the layers of the base that the config says it adapts."""
    bare: Any = loaded.model.get_base_model() if isinstance(loaded.model, PeftModel) else loaded.model
    head = bare.get_output_embeddings()
    is_all = config.target_modules == "all-linear"
    return {
        name
        for name, module in bare.named_modules()
        if (_features(module)[0] or isinstance(module, Conv1D)) and not _INSIDE.search(name)
        if (module is not head if is_all else check_target_module_exists(config, name))
    }


def _inject(loaded: LoadedBase, config: LoraConfig, adapter_name: str) -> None:
    if isinstance(loaded.model, PeftModel):
        loaded.model.add_adapter(adapter_name, config, autocast_adapter_dtype=False)
    else:
        loaded.model = PeftModel(loaded.model, config, adapter_name, autocast_adapter_dtype=False)
    loaded.model.set_adapter(adapter_name, inference_mode=True)


def _fill(model: Any, weights: dict[str, Tensor], adapter_name: str, scale: float) -> None:
    """Give the injected layers their weights. Raises ValueError unless each gets exactly one of its shape."""
    ending = f".{adapter_name}.weight"
    injected = {name: each for name, each in model.named_parameters() if ".lora_" in name and name.endswith(ending)}
    given = {f"{key.removesuffix('.weight')}{ending}": weight for key, weight in weights.items()}
    for name in sorted(injected.keys() | given.keys()):
        if name not in given or name not in injected or given[name].shape != injected[name].shape:
            raise ValueError(f"its weights and its adapter_config.json disagree about {name}")
        injected[name].data = given[name].to(injected[name].device)
    for layer in _lora_layers(model).values():
        layer.set_scale(adapter_name, scale)
    model.eval()


def _withdraw(loaded: LoadedBase, adapter_name: str) -> None:
    """Remove every trace of one adapter, complete or half injected; bare layers come back where none is left."""
    model = loaded.model
    bare = model.get_base_model() if isinstance(model, PeftModel) else model
    others = [name for name in getattr(model, "peft_config", {}) if name != adapter_name]
    for name, layer in _lora_layers(bare).items():
        if others:
            layer.set_adapter(others[-1], inference_mode=True)
        layer.delete_adapter(adapter_name)
        if not others:
            bare.set_submodule(name, layer.get_base_layer())
    if others:
        model.peft_config.pop(adapter_name, None)
        model.set_adapter(others[-1], inference_mode=True)
        return
    if hasattr(bare, "peft_config"):
        del bare.peft_config
    loaded.model = bare


def _lora_layers(model: Any) -> dict[str, Any]:
    return {name: module for name, module in model.named_modules() if isinstance(module, LoraLayer)}
