"""The shape of ``mini``: a small Llama whose linear layers fit NF4. Knows widths and first weights, not training."""

import math
from typing import Any

import torch
from torch import nn
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from train.pretrain.vocabulary import MAX_TOKENS

HEAD_WIDTH = 64
FIRST_STD = 0.02


def new_model(tokenizer: PreTrainedTokenizerFast, *, layers: int, hidden: int, seed: int) -> Any:
    """Return an untrained model; every width divides by 64, the block of NF4.

    Residual outputs start smaller with depth (GPT-2, Radford et al. 2019), so that deep models start calm.
    """
    torch.manual_seed(seed)
    settings: dict[str, Any] = {
        "vocab_size": len(tokenizer),
        "hidden_size": hidden,
        "intermediate_size": hidden * 8 // 3 // 64 * 64,
        "num_hidden_layers": layers,
        "num_attention_heads": hidden // HEAD_WIDTH,
        "num_key_value_heads": hidden // HEAD_WIDTH,
        "max_position_embeddings": MAX_TOKENS,
        "tie_word_embeddings": True,
        "initializer_range": FIRST_STD,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    model = LlamaForCausalLM(LlamaConfig(**settings))
    for name, parameter in model.named_parameters():
        if name.endswith(("o_proj.weight", "down_proj.weight")):
            nn.init.normal_(parameter, std=FIRST_STD / math.sqrt(2 * layers))
    return model


def with_weights(tokenizer: PreTrainedTokenizerFast, weights: dict[str, torch.Tensor]) -> Any:
    """Return a model of whatever depth and width these weights have."""
    hidden = weights["model.embed_tokens.weight"].shape[1]
    layers = sum(name.endswith("o_proj.weight") for name in weights)
    model = new_model(tokenizer, layers=layers, hidden=hidden, seed=0)
    model.load_state_dict(weights)
    return model
