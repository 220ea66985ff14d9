"""Bases, tokenizers and adapters in memory: the one place that knows the traps of quantisation.

Knows transformers, bitsandbytes and PEFT. Does not know requests, training or which checkpoint is current.

Traps of bitsandbytes 0.50 on CPUs with AVX512-BF16: the first eval forward packs 4-bit weights in place; from then on
every ``state_dict()`` corrupts them in silence, training loses gradients, merging yields garbage. Therefore packing is
allowed for serving alone (``placement``), and adapters are written into their layers directly (``adapter``).
"""

from model.loader.adapter import Adapter, attach, detach, insert, read_adapter
from model.loader.error import LoaderError
from model.loader.load import LoadedBase, base_of, identified, load_base, load_full, quantise
from model.loader.placement import Purpose, Quantization, choose_device, computes_on_cpu, torch_device
from model.loader.room import needed_bytes, quantising_bytes, return_memory
from model.loader.tokenizer import load_tokenizer

__all__ = [
    "Adapter",
    "LoadedBase",
    "LoaderError",
    "Purpose",
    "Quantization",
    "attach",
    "base_of",
    "choose_device",
    "computes_on_cpu",
    "detach",
    "identified",
    "insert",
    "load_base",
    "load_full",
    "load_tokenizer",
    "needed_bytes",
    "quantise",
    "quantising_bytes",
    "read_adapter",
    "return_memory",
    "torch_device",
]
