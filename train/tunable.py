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
from torch import Tensor
from torch.nn import Parameter
from transformers.pytorch_utils import Conv1D

from model.base import Base
from model.loader import LoadedBase, load_base
from train.recipe import Method, Recipe

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
        self.model.save_pretrained(folder, **({} if self.method == "full" else {"save_embedding_layers": False}))
        (folder / "README.md").unlink(missing_ok=True)
        self.tokenizer.save_pretrained(folder)


def load_tunable(base: Base, recipe: Recipe, *, seed: int, device: str = "auto") -> Tunable:
    """Load ``base`` and attach what ``recipe`` tunes; equal seeds give equal first weights.

    Raises LoaderError when the base cannot be loaded.
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

    return _tunable(loaded, loaded.model, "full", untouched)


def _adapted(loaded: LoadedBase, recipe: Recipe, seed: int) -> Tunable:
    own = recipe.adapter
    target = own.target if isinstance(own.target, str) else list(own.target)
    config = LoraConfig(
        r=own.r,
        lora_alpha=own.alpha,
        lora_dropout=own.dropout,
        target_modules=target,
        layers_to_transform=list(own.layers) if own.layers else None,
        use_rslora=own.use_rslora,
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

    return _tunable(loaded, model, recipe.method, untouched)


def _tunable(loaded: LoadedBase, model: Any, method: Method, untouched: Untouched) -> Tunable:
    return Tunable(
        model=model,
        tokenizer=loaded.tokenizer,
        device=loaded.device,
        method=method,
        base=loaded.base,
        base_hash=loaded.base_hash,
        untouched=untouched,
    )
