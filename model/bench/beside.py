"""Everybody who is measured, llama.cpp beside the others where it can be, on the same weights.

Knows what llama.cpp needs: two packages, a CPU and four bits. Does not know its
interface, and imports it only to use it.
"""

import logging
import tempfile
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import torch

from model.bench.contenders import LLAMA, Contender, contenders
from model.engine.kernel import Kernel
from model.loader import LoadedBase, Quantization, load_base, return_memory

_PACKAGES = ("llama_cpp", "gguf")


def why_left_out(device: str, quantization: Quantization) -> str | None:
    """Return in one sentence why llama.cpp is not measured; None when it is."""
    if device != "cpu":
        return "It is measured on CPUs only: add --device cpu."
    if quantization != "4bit":
        return "It is measured in 4 bits only: take --quantization 4bit."
    if not all(find_spec(package) for package in _PACKAGES):
        return "It is not installed: make setup EXTRAS=dev,bench compiles it in about twenty minutes."
    return None


@contextmanager
def ready(
    loaded: LoadedBase, names: Collection[str], *, num_rows: int, kernel: Kernel | None
) -> Iterator[dict[str, Contender]]:
    """Yield the contenders of these names over one model, for ``num_rows`` asks at once.

    Raises RuntimeError when llama.cpp is named and refuses the model.
    """
    everybody = contenders(loaded, kernel)
    with ExitStack() as stack:
        if LLAMA in names:
            everybody[LLAMA] = stack.enter_context(_llama(loaded, num_rows))
        yield {name: contender for name, contender in everybody.items() if name in names}


@contextmanager
def _llama(loaded: LoadedBase, num_rows: int) -> Iterator[Contender]:
    """Yield llama.cpp on the weights of ``loaded``'s base in Q4_0."""
    from model.bench.gguf_file import write_q4_0
    from model.bench.llama import Llama

    logging.getLogger("llama-cpp-python").setLevel(logging.CRITICAL)  # else it tells of every weight it quantises
    threads = torch.get_num_threads()
    decode = partial(loaded.tokenizer.decode, skip_special_tokens=True)
    with tempfile.TemporaryDirectory(prefix="senpai-bench-") as folder:
        path = Path(folder) / "model.gguf"
        write_q4_0(load_base(loaded.base, quantization="none", device="cpu").model, path, num_threads=threads)
        return_memory()
        llama = Llama(path, decode=decode, num_threads=threads)
        try:
            yield partial(llama.ready, num_rows)
        finally:
            llama.close()
