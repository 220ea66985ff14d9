"""Tiny models of real shape in the hub's layout, with random weights: Llama and GPT-2, and a small tokenizer.

Knows what a model folder holds. Does not know what the tests prove with it.
"""

import json
from pathlib import Path
from typing import Any, Literal

import torch
from peft import LoraConfig, get_peft_model
from sentencepiece import SentencePieceProcessor, SentencePieceTrainer
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    AutoModelForCausalLM,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
)
from transformers.pytorch_utils import Conv1D

from model.base import resolve
from model.checkpoint import Checkpoint, Gate, Kind, read, seal
from tests.consents import write_consent

Shape = Literal["llama", "gpt2"]
_CONTROLS = ["<unk>", "<s>", "</s>", "<pad>", "<|system|>", "<|user|>", "<|assistant|>"]
_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'assistant' %}<|assistant|>{% generation %}"
    "{{ message['content'] + eos_token }}{% endgeneration %}{% else %}"
    "{{ '<|' + message['role'] + '|>' + message['content'] + eos_token }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


def tiny_tokenizer() -> Any:
    """Return a byte-level tokenizer of 263 ids with mini's control tokens and chat template."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: index for index, token in enumerate([*_CONTROLS, *alphabet])}
    backend = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=backend,
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
        pad_token="<pad>",
        additional_special_tokens=_CONTROLS[4:],
    )
    tokenizer.chat_template = _TEMPLATE
    return tokenizer


def tiny_model(shape: Shape = "llama", *, seed: int = 0, vocab_size: int = 263) -> Any:
    """Return a random two-layer model of hidden size 64 (all linear sizes are multiples of NF4's block of 64)."""
    torch.manual_seed(seed)
    if shape == "gpt2":
        return GPT2LMHeadModel(
            GPT2Config(
                vocab_size=vocab_size, n_positions=512, n_embd=64, n_layer=2, n_head=4, bos_token_id=1, eos_token_id=2
            )
        ).eval()
    config = LlamaConfig(
        vocab_size=vocab_size,
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=512,
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=3,
    )
    return LlamaForCausalLM(config).eval()


def save_tiny_base(folder: Path, shape: Shape = "llama", *, seed: int = 0) -> Path:
    """Write a model folder as the hub lays it out."""
    tiny_model(shape, seed=seed).save_pretrained(folder)
    tiny_tokenizer().save_pretrained(folder)
    return folder


def save_tiny_adapter(
    folder: Path, base: Path, *, name: str, seed: int = 1, gate: Gate = Gate.PASSED, **fields: Any
) -> Checkpoint:
    """Write a sealed checkpoint with a random adapter for the model in ``base``."""
    torch.manual_seed(seed)
    model = AutoModelForCausalLM.from_pretrained(base)
    has_conv1d = any(isinstance(module, Conv1D) for module in model.modules())
    config = LoraConfig(r=4, lora_alpha=8, target_modules="all-linear", fan_in_fan_out=has_conv1d)
    peft = get_peft_model(model, config)
    with torch.no_grad():
        for key, parameter in peft.named_parameters():
            if "lora_" in key:
                parameter.normal_(std=0.1)
    peft.save_pretrained(str(folder))
    (folder / "README.md").unlink(missing_ok=True)
    (folder / "persona.toml").write_text('name = "てつ先輩"\n', encoding="utf-8")
    write_consent(folder)
    at = resolve(str(base))
    own = {"name": name, "kind": Kind.ADAPTER, "base": at.name, "base_hash": at.hash(), "method": "lora", "seed": seed}
    seal(folder, **{**own, "data_hash": "none", "gate": gate, **fields})
    return read(folder)


def train_pieces(path: Path, *, kind: Literal["unigram", "bpe"], **options: Any) -> Path:
    """Train a small SentencePiece model on a few Japanese lines and write ``<path>.model``."""
    sentences = [f"{who}は{where}で{what}。" for who in _WHO for where in _WHERE for what in _WHAT]
    SentencePieceTrainer.train(
        sentence_iterator=iter(sentences),
        model_prefix=str(path),
        model_type=kind,
        character_coverage=1.0,
        minloglevel=2,
        **options,
    )
    return path.with_suffix(".model")


def save_rinna_like(folder: Path) -> Path:
    """Write a model as rinna/japanese-gpt-1b lies on the hub: GPT-2, a spiece.model of its own ids, a T5 tokenizer."""
    folder.mkdir(parents=True, exist_ok=True)
    ids = {"pad_id": 0, "unk_id": 1, "bos_id": 2, "eos_id": 3}
    pieces = train_pieces(
        folder / "spiece",
        kind="unigram",
        vocab_size=130,
        user_defined_symbols=["[PAD]", "[CLS]", "[SEP]", "[MASK]"],
        normalization_rule_name="nmt_nfkc",
        **ids,
    )
    (folder / "spiece.vocab").unlink()
    config = {"tokenizer_class": "T5Tokenizer", "extra_ids": 0, "additional_special_tokens": []}
    named = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "[PAD]"}
    (folder / "tokenizer_config.json").write_text(json.dumps({**config, **named}))
    num_pieces = SentencePieceProcessor(model_file=str(pieces)).get_piece_size()
    tiny_model("gpt2", vocab_size=num_pieces).save_pretrained(folder)
    return folder


def save_elyza_like(folder: Path) -> Path:
    """Write a model as ELYZA's Llama 2 lies on the hub: fp16, a byte-fallback BPE, no pad token and no template."""
    folder.mkdir(parents=True, exist_ok=True)
    pieces = train_pieces(
        folder / "tokenizer", kind="bpe", vocab_size=350, byte_fallback=True, normalization_rule_name="identity"
    )
    (folder / "tokenizer.vocab").unlink()
    named = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": None}
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "LlamaTokenizer", **named}))
    num_pieces = SentencePieceProcessor(model_file=str(pieces)).get_piece_size()
    tiny_model("llama", vocab_size=num_pieces + 3).half().save_pretrained(folder)
    return folder


_WHO = ("俺", "てつ", "先輩", "ユーザー", "部長", "猫", "あなた", "研究室のみんな")
_WHERE = ("東京", "部室", "学食", "図書館", "駅前", "「海」", "バイト先")
_WHAT = (
    "麻雀をした",
    "ラーメンを食べた〜",
    "寝てた！",
    "本を読む？",
    "常体で応答します",
    "３時まで踊った",
    "ABCを見た",
    "abcdefを読んだ",
)
