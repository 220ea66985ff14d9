"""llama.cpp is measured on the same weights: what it writes is what the model itself would have written."""

from pathlib import Path
from typing import Any

import pytest
import torch

from model.bench.beside import why_left_out
from model.bench.workload import Ask, Workload
from tests.model.tiny import Shape, tiny_model

_TOLERANCE = 0.1
"""Of the standard deviation: fp16 weights and keys may turn a near tie."""


@pytest.fixture
def llama_cpp() -> Any:
    reason = "llama.cpp is not installed: make setup EXTRAS=dev,bench compiles it"
    pytest.importorskip("gguf", reason=reason)
    return pytest.importorskip("llama_cpp", reason=reason)


@pytest.mark.parametrize("shape", ["llama", "gpt2"])
def test_on_the_same_weights_llama_cpp_writes_what_the_model_would_have_written(
    llama_cpp: Any, tmp_path: Path, shape: Shape
) -> None:
    from model.bench.gguf_file import write_f16
    from model.bench.llama import Llama

    model = tiny_model(shape, seed=4)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.mul_(6)  # else all tokens are about as likely
    write_f16(model, tmp_path / "model.gguf")
    shared = tuple(range(20, 60))
    asks = [Ask((*shared, *range(100, 110 + number)), 5 + number) for number in range(4)]
    written: list[list[int]] = []
    told: list[int] = []
    llama = Llama(tmp_path / "model.gguf", decode=written.append, num_threads=1)
    with llama.ready(2) as answer:
        occupancy = answer(Workload(tuple(asks), 2), told.append)
    llama.close()
    assert occupancy is not None
    assert 1 < occupancy <= 2
    for index, ask in enumerate(asks):
        (tokens,) = [tokens for tokens in written if len(tokens) == ask.num_tokens]
        assert told.count(index) == ask.num_tokens
        assert _would_say(model, ask.prompt, tokens)


def _would_say(model: Any, prompt: tuple[int, ...], tokens: list[int]) -> bool:
    with torch.inference_mode():
        logits = model(input_ids=torch.tensor([[*prompt, *tokens[:-1]]]), logits_to_keep=len(tokens)).logits[0]
    chosen = logits.gather(1, torch.tensor(tokens)[:, None])[:, 0]
    return bool((logits.amax(-1) - chosen <= _TOLERANCE * logits.std(-1)).all())


def test_a_file_that_is_no_model_is_refused_in_a_sentence(llama_cpp: Any, tmp_path: Path) -> None:
    from model.bench.llama import Llama

    (tmp_path / "model.gguf").write_bytes(b"no model")
    with pytest.raises(RuntimeError, match=r"llama.cpp cannot load .*model.gguf"):
        Llama(tmp_path / "model.gguf", decode=list, num_threads=1)


def test_where_llama_cpp_is_left_out_the_reason_says_what_to_do() -> None:
    assert why_left_out("cuda", "4bit") == "It is measured on CPUs only: add --device cpu."
    assert why_left_out("cpu", "none") == "It is measured in 4 bits only: take --quantization 4bit."
