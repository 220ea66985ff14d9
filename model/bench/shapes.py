"""Bases and adapters to measure: the embedded one, or random weights of a known model's exact shape.

Knows configs and file layouts. Does not know engines or clocks.
"""

import math
import shutil
from pathlib import Path
from typing import Any, Literal

import torch
from peft import LoraConfig
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModelForCausalLM, GPT2Config, LlamaConfig
from transformers.pytorch_utils import Conv1D

from model.base import MINI, Base, resolve
from model.checkpoint import CONSENT, PERSONA, Gate, Kind, seal
from model.loader import LoadedBase
from model.loader.quiet import quiet

Shape = Literal["mini", "rinna", "elyza", "0.3b"]
_RANK = 16
_ALPHA = 32
_STRENGTH = 8  # of a layer's own numbers: two such adapters agree on hardly a token
_NOBODY = """person = "nobody"
contact = "none"
given_at = 2026-01-01
until = 9999-12-31
basis = "Random weights imitate nobody."
sources = ["*"]
platforms = ["discord", "line", "console"]
"""


def make_base(shape: Shape, folder: Path, layers: int | None = None) -> Base:
    """Return the embedded base, or write random weights into ``folder``; ``layers`` takes fewer than the model has."""
    embedded = resolve(MINI)
    if shape == "mini" and layers is None:
        return embedded
    config = _config(shape, embedded)
    config.num_hidden_layers = layers or config.num_hidden_layers
    with quiet():
        model: Any = AutoModelForCausalLM.from_config(config, dtype="bfloat16")  # type: ignore[no-untyped-call]
        model.save_pretrained(folder)
    for path in (*Path(embedded.location).glob("tokenizer*"), Path(embedded.location) / "chat_template.jinja"):
        shutil.copy(path, folder)
    return resolve(str(folder))


def make_adapter(name: str, folder: Path, loaded: LoadedBase) -> None:
    """Write and seal a checkpoint with a random adapter on every linear layer, strong enough to be told from any other.

    ``loaded`` is the bare base.
    """
    weights = {}
    for layer, (down, up) in random_deltas(loaded.model, seed=sum(name.encode())).items():
        weights[f"base_model.model.{layer}.lora_A.weight"] = down
        weights[f"base_model.model.{layer}.lora_B.weight"] = (up.T * _RANK / _ALPHA).contiguous()
    folder.mkdir(parents=True)
    save_file(weights, folder / "adapter_model.safetensors")
    LoraConfig(r=_RANK, lora_alpha=_ALPHA, target_modules="all-linear").save_pretrained(str(folder))
    (folder / PERSONA).write_text(f'name = "{name}"\n', encoding="utf-8")
    (folder / CONSENT).write_text(_NOBODY, encoding="utf-8")
    made_for = {"base": loaded.base.name, "base_hash": loaded.base_hash}
    seal(folder, name=name, kind=Kind.ADAPTER, **made_for, method="lora", seed=0, data_hash="none", gate=Gate.PASSED)


def make_whole(name: str, folder: Path, shape: Shape, layers: int | None) -> None:
    """Write and seal a checkpoint that is a whole model, with the weights that ``make_base`` takes."""
    base = make_base(shape, folder, layers)
    if base.name == MINI:
        shutil.copytree(base.location, folder)
    seal_whole(name, folder)


def seal_whole(name: str, folder: Path) -> None:
    """Seal the model in ``folder`` as nobody's checkpoint ``name``."""
    (folder / PERSONA).write_text(f'name = "{name}"\n', encoding="utf-8")
    (folder / CONSENT).write_text(_NOBODY, encoding="utf-8")
    made_of = {"base": MINI, "base_hash": resolve(MINI).hash()}
    seal(folder, name=name, kind=Kind.FULL, **made_of, method="full", seed=0, data_hash="none", gate=Gate.PASSED)


def random_deltas(model: Any, seed: int) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
    """Return what such an adapter adds to each linear layer: (rank, in) and (rank, out)."""
    generator = torch.Generator().manual_seed(seed)
    deltas = {}
    for layer, module in model.named_modules():
        num_in, num_out = _features(module)
        if num_in and not layer.endswith("lm_head"):
            down = torch.randn(_RANK, num_in, generator=generator) / math.sqrt(num_in)
            up = torch.randn(_RANK, num_out, generator=generator) * _STRENGTH / _RANK
            deltas[layer] = (down, up)
    return deltas


def _config(shape: Shape, embedded: Base) -> Any:
    """Return a config of the shape that the model's own config.json on the hub has."""
    if shape == "rinna":
        return GPT2Config(
            vocab_size=44928, n_positions=1024, n_embd=2048, n_layer=24, n_head=16, bos_token_id=1, eos_token_id=2
        )
    if shape == "elyza":
        return LlamaConfig(vocab_size=45043, max_position_embeddings=4096)  # all else is Llama 2's 7B
    if shape == "0.3b":
        return LlamaConfig(
            vocab_size=45056, hidden_size=1024, intermediate_size=2816, num_hidden_layers=20, num_attention_heads=16
        )
    config = AutoConfig.from_pretrained(embedded.location)
    del config.quantization_config
    return config


def _features(module: Any) -> tuple[int, int]:
    """Return (in, out) of a linear layer, zeros for anything else."""
    if isinstance(module, Conv1D):
        return module.nx, module.nf
    return getattr(module, "in_features", 0), getattr(module, "out_features", 0)
