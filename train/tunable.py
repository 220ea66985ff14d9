"""A base made ready for tuning: which weights may change, and how the untouched base is asked in between.

Knows PEFT and the three methods. Does not know losses, data or steps.
"""

import copy
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from peft.tuners.lora import LoraLayer
from torch import Tensor
from torch.nn import Parameter
from transformers.pytorch_utils import Conv1D

from model.base import Base
from model.loader import LoadedBase, load_base
from train.recipe import Adapter, Method, Recipe, RecipeError

Untouched = Callable[[], AbstractContextManager[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tunable:
    """``model`` answers as tuned so far; inside ``untouched()`` the yielded model answers as the base does."""

    model: Any
    tokenizer: Any
    device: str
    method: Method
    base: Base
    base_hash: str
    untouched: Untouched
    is_dora: bool = False
    is_dequantised: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether it is saved as a whole model. The engine routes plain LoRA only, so DoRA is merged into its base."""
        return self.method == "full" or self.is_dora

    @property
    def has_strength(self) -> bool:
        """Whether there is an adapter whose scale can be changed."""
        return self.method != "full"

    def set_strength(self, strength: float) -> None:
        """Let the adapter count ``strength`` times as much as it was tuned to."""
        for module in self.model.modules():
            if isinstance(module, LoraLayer):
                module.set_scale("default", strength)

    def weights(self) -> dict[str, Parameter]:
        """Return the weights that change, by name."""
        return {name: weight for name, weight in self.model.named_parameters() if weight.requires_grad}

    def load(self, tensors: Mapping[str, Tensor]) -> None:
        """Set the weights that change to those given by name."""
        with torch.no_grad():
            for name, weight in self.weights().items():
                weight.copy_(tensors[name])

    def save(self, folder: Path) -> None:
        """Write adapter or model, tokenizer and chat template as PEFT and transformers read them."""
        if self.is_whole:
            merged = copy.deepcopy(self.model).merge_and_unload(safe_merge=True) if self.is_dora else self.model
            # transformers knows no way back to how a base was stored that was dequantised while it was read
            merged.save_pretrained(folder, save_original_format=not self.is_dequantised)
        else:
            self.model.save_pretrained(folder, save_embedding_layers=False)
        (folder / "README.md").unlink(missing_ok=True)
        self.tokenizer.save_pretrained(folder)


def load_tunable(base: Base, recipe: Recipe, *, seed: int, device: str = "auto") -> Tunable:
    """Load ``base`` and attach what ``recipe`` tunes; equal seeds give equal first weights.

    Raises LoaderError when the base cannot be loaded, RecipeError when it has not the layers the recipe names.
    """
    loaded = load_base(
        base, quantization="4bit" if recipe.method == "qlora" else "none", device=device, purpose="train"
    )
    if recipe.method != "qlora":
        _choose_precision(loaded)
    loaded.model.get_output_embeddings().register_forward_pre_hook(_lay_out)
    if recipe.method == "full":
        return _whole(loaded)
    return _adapted(loaded, recipe, seed)


def _choose_precision(loaded: LoadedBase) -> None:
    """Leave fp16, whose gradients overflow without loss scaling: fp32 on a CPU, bf16 on a GPU that has it."""
    if loaded.device == "cpu":
        loaded.model.float()
    elif loaded.model.dtype == torch.float16:
        loaded.model.to(torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32)


def _lay_out(_layer: Any, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    """Make the last columns of a batch contiguous: torch 2.13 copies the frozen output layer for each row otherwise."""
    return tuple(each.contiguous() for each in inputs)


def _whole(loaded: LoadedBase) -> Tunable:
    reference = copy.deepcopy(loaded.model).requires_grad_(False).eval()
    loaded.model.requires_grad_(True)

    @contextmanager
    def untouched() -> Iterator[Any]:
        yield reference

    return _tunable(loaded, loaded.model, "full", untouched, is_dora=False)


def _adapted(loaded: LoadedBase, recipe: Recipe, seed: int) -> Tunable:
    own = recipe.adapter
    target = _targets(loaded, own)
    config = LoraConfig(
        r=own.r,
        lora_alpha=own.alpha,
        lora_dropout=own.dropout,
        target_modules=target,
        layers_to_transform=list(own.layers) if own.layers else None,
        use_rslora=own.use_rslora,
        use_dora=own.use_dora,
        task_type="CAUSAL_LM",
        fan_in_fan_out=any(isinstance(module, Conv1D) for module in loaded.model.modules()),
    )
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = get_peft_model(loaded.model, config)
    config.base_model_name_or_path = loaded.base.name

    @contextmanager
    def untouched() -> Iterator[Any]:
        was_training = model.training
        with model.disable_adapter():
            yield model.eval()
        model.train(was_training)

    return _tunable(loaded, model, recipe.method, untouched, is_dora=own.use_dora)


def _targets(loaded: LoadedBase, own: Adapter) -> str | list[str]:
    """Return the layers PEFT shall find: by name where only some blocks get an adapter, or where the recipe names them.

    Raises RecipeError for a layer or block that this base has not.
    """
    linear = {name.rpartition(".")[2] for name, module in loaded.model.named_modules() if _is_linear(module)}
    num_blocks = loaded.model.config.num_hidden_layers
    if own.layers and max(own.layers) >= num_blocks:
        raise RecipeError(
            f"adapter.layers names block {max(own.layers)}, but {loaded.base.name} ends at {num_blocks - 1}."
        )
    if isinstance(own.target, tuple):
        if not linear & set(own.target):
            raise RecipeError(
                f"adapter.target names no layer of {loaded.base.name}: it has {', '.join(sorted(linear))}."
            )
        return list(own.target)
    return sorted(linear - {"lm_head"}) if own.layers else own.target


def _is_linear(module: Any) -> bool:
    return isinstance(module, torch.nn.Linear | Conv1D)


def _tunable(loaded: LoadedBase, model: Any, method: Method, untouched: Untouched, *, is_dora: bool) -> Tunable:
    return Tunable(
        model=model,
        tokenizer=loaded.tokenizer,
        device=loaded.device,
        method=method,
        base=loaded.base,
        base_hash=loaded.base_hash,
        untouched=untouched,
        is_dora=is_dora,
        is_dequantised="dequantised" in loaded.quantization,
    )
