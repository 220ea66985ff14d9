"""Writes a Llama or GPT-2 model as a GGUF file in 4 bits, for llama.cpp.

Knows what llama.cpp calls the weights and how it wants them to lie. Does not run them. The file has no vocabulary: what
goes in and comes out is token ids. Needs the packages of the extra ``bench``.
"""

import ctypes
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gguf
import llama_cpp
import numpy as np
import torch
from transformers.pytorch_utils import Conv1D

_ARCHITECTURES = {"llama": gguf.MODEL_ARCH.LLAMA, "gpt2": gguf.MODEL_ARCH.GPT2}
_ENDINGS = (".weight", ".bias")


def write_q4_0(model: Any, path: Path, *, num_threads: int) -> None:
    """Write ``model`` as llama.cpp's own quantiser makes Q4_0: the output layer in more bits than the others.

    Raises RuntimeError when llama.cpp refuses.
    """
    halves = path.with_suffix(".f16.gguf")
    write_f16(model, halves)
    options = llama_cpp.llama_model_quantize_default_params()
    options.nthread, options.ftype = num_threads, llama_cpp.LLAMA_FTYPE_MOSTLY_Q4_0
    failure = llama_cpp.llama_model_quantize(str(halves).encode(), str(path).encode(), ctypes.byref(options))
    halves.unlink()
    if failure:
        raise RuntimeError(f"llama.cpp cannot quantise this model to Q4_0 (error {failure}): leave its column out.")


def write_f16(model: Any, path: Path) -> None:
    """Write ``model``, unquantised, with matrices in fp16; one tensor at a time is in memory twice."""
    config = model.config
    arch = _ARCHITECTURES[config.model_type]
    writer = gguf.GGUFWriter(path, gguf.MODEL_ARCH_NAMES[arch])
    _describe(writer, config)
    names = gguf.get_tensor_name_map(arch, config.num_hidden_layers)
    for name, weight in _weights(model):
        dtype = np.dtype(np.float16 if weight.dim() > 1 else np.float32)
        own = names.get_name(name, try_suffixes=_ENDINGS)
        writer.add_tensor_info(own, weight.shape, dtype, weight.numel() * dtype.itemsize)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    for _, weight in _weights(model):
        writer.write_tensor_data(weight.to(torch.float16 if weight.dim() > 1 else torch.float32).contiguous().numpy())
    writer.close()


def _describe(writer: Any, config: Any) -> None:
    writer.add_tokenizer_model("no_vocab")
    writer.add_vocab_size(config.vocab_size)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_head_count(config.num_attention_heads)
    if config.model_type == "gpt2":
        writer.add_feed_forward_length(config.n_inner or 4 * config.hidden_size)
        writer.add_layer_norm_eps(config.layer_norm_epsilon)
        return
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_rope_dimension_count(config.head_dim)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)


def _weights(model: Any) -> Iterator[tuple[str, torch.Tensor]]:
    """Yield transformers' names with the weights as llama.cpp multiplies them: (out, in); tied ones once."""
    transposed = {f"{name}.weight" for name, module in model.named_modules() if isinstance(module, Conv1D)}
    config = model.config
    num_heads = {"q_proj": config.num_attention_heads, "k_proj": getattr(config, "num_key_value_heads", None)}
    for name, parameter in model.named_parameters():
        weight = parameter.detach().cpu()
        if name in transposed:
            weight = weight.T
        elif (heads := num_heads.get(name.split(".")[-2])) is not None:
            weight = _paired(weight, heads)
        yield name, weight


def _paired(weight: torch.Tensor, num_heads: int) -> torch.Tensor:
    """Reorder each head: transformers rotates number i together with i + d/2, llama.cpp 2i together with 2i + 1."""
    halves = weight.reshape(num_heads, 2, -1, weight.shape[-1])  # (heads, 2, d/2, in)
    return halves.transpose(1, 2).reshape(weight.shape)
