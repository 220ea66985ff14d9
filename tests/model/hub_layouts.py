"""The repositories of rinna/japanese-gpt-1b and ELYZA's Llama 2, file for file, with small random weights.

Knows names and fields of every file on the hub. Does not know what the tests prove with them. Names of files, tensors,
classes and fields are the real ones; widths, depths and vocabularies are small.
"""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from sentencepiece import SentencePieceProcessor
from transformers import AutoTokenizer

from tests.model.tiny import save_elyza_like, save_rinna_like, tiny_model

RINNA_FILES = {"config.json", "pytorch_model.bin", "spiece.model", "tokenizer_config.json"}
RINNA_CONFIG: dict[str, Any] = {
    "activation_function": "gelu_fast",
    "architectures": ["GPT2LMHeadModel"],
    "attn_pdrop": 0.1,
    "bos_token_id": 2,
    "embd_pdrop": 0.1,
    "eos_token_id": 3,
    "gradient_checkpointing": False,
    "initializer_range": 0.02,
    "layer_norm_epsilon": 1e-05,
    "model_type": "gpt2",
    "n_ctx": 512,
    "n_positions": 512,
    "resid_pdrop": 0.1,
    "scale_attn_weights": True,
    "summary_activation": None,
    "summary_first_dropout": 0.1,
    "summary_proj_to_labels": True,
    "summary_type": "cls_index",
    "summary_use_proj": True,
    "transformers_version": "4.6.1",
    "use_cache": True,
}
"""In the original 1024 positions; width 2048, 24 layers, 16 heads and 44,928 pieces beside these."""

RINNA_TOKENIZER = {
    "eos_token": "</s>",
    "unk_token": "<unk>",
    "pad_token": "[PAD]",
    "extra_ids": 0,
    "additional_special_tokens": [],
    "bos_token": "<s>",
    "cls_token": "[CLS]",
    "sep_token": "[SEP]",
    "mask_token": "[MASK]",
    "do_lower_case": False,
    "tokenizer_class": "T5Tokenizer",
}

ELYZA_FILES = {
    "config.json",
    "generation_config.json",
    "model.safetensors.index.json",
    "special_tokens_map.json",
    "tokenizer.json",
    "tokenizer.model",
    "tokenizer_config.json",
}
"""And the shards that the index names."""


def save_rinna_repository(folder: Path) -> Path:
    """Write rinna/japanese-gpt-1b: an old pickle with mask buffers, a spiece.model with own ids, no tokenizer.json."""
    save_rinna_like(folder)
    weights = load_file(folder / "model.safetensors")
    mask = torch.ones(RINNA_CONFIG["n_positions"], RINNA_CONFIG["n_positions"], dtype=torch.uint8).tril()
    for layer in range(2):
        weights[f"transformer.h.{layer}.attn.bias"] = mask[None, None]
        weights[f"transformer.h.{layer}.attn.masked_bias"] = torch.tensor(-1e4)
    weights["lm_head.weight"] = weights["transformer.wte.weight"].clone()
    torch.save(weights, folder / "pytorch_model.bin")
    for name in ("model.safetensors", "generation_config.json"):
        (folder / name).unlink()
    size = {"n_embd": 64, "n_head": 4, "n_inner": 256, "n_layer": 2, "vocab_size": len(weights["lm_head.weight"])}
    _write(folder / "config.json", RINNA_CONFIG | size)
    _write(folder / "tokenizer_config.json", RINNA_TOKENIZER)
    assert {path.name for path in folder.iterdir()} == RINNA_FILES
    return folder


def save_elyza_repository(folder: Path, *, is_fast: bool) -> Path:
    """Write ELYZA-japanese-Llama-2-7b-instruct, or with ``is_fast`` the one with more Japanese pieces.

    fp16 shards with an index; the tokenizer names no pad token, or ``<unk>`` in the fast one; no chat template.
    """
    save_elyza_like(folder)
    pieces = folder / "tokenizer.model"
    special: dict[str, Any] = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
    own = special | ({"pad_token": "<unk>"} if is_fast else {})
    _write(folder / "special_tokens_map.json", own)
    more = {"add_bos_token": True, "add_eos_token": False, "legacy": True, "tokenizer_class": "LlamaTokenizer"}
    _write(folder / "tokenizer_config.json", {"pad_token": None} | own | more)
    num_pieces = SentencePieceProcessor(model_file=str(pieces)).get_piece_size()
    (folder / "model.safetensors").unlink()
    tiny_model("llama", vocab_size=num_pieces).half().save_pretrained(folder, max_shard_size="150KB")
    names = {path.name for path in folder.iterdir()}
    assert names - ELYZA_FILES == set(_shards(folder))
    assert names >= ELYZA_FILES
    return folder


def _shards(folder: Path) -> list[str]:
    index = json.loads((folder / "model.safetensors.index.json").read_text(encoding="utf-8"))
    return sorted(set(index["weight_map"].values()))


def _write(path: Path, fields: dict[str, Any]) -> None:
    path.write_text(json.dumps(fields, ensure_ascii=False, indent=2), encoding="utf-8")
