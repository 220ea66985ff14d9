"""On a GPU every greedy answer is the one ``generate`` gives, recorded or not. Run with ``pytest -m gpu``."""

from pathlib import Path
from typing import Any

import pytest
import torch

from model.base import resolve
from model.engine.cache import KVCache, shape_of
from model.engine.capture import recorder
from model.engine.detokeniser import Detokeniser
from model.engine.engine import Engine
from model.engine.linear import Layers
from model.engine.reference import complete
from model.engine.runner import TorchRunner, open_runner
from model.loader import load_base
from tests.model.engine.sequences import END, letters, make_sequence
from tests.model.tiny import Shape, save_tiny_base, tiny_model

_NO_GPU = "There is no CUDA device here: run pytest -m gpu on a machine with one."
pytestmark = [pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason=_NO_GPU)]
_GAVE_UP = "operator by operator"


@pytest.mark.parametrize("is_fused", [False, True])
@pytest.mark.parametrize("is_recorded", [False, True])
@pytest.mark.parametrize("shape", ["llama", "gpt2"])
def test_greedy_answers_equal_generate(
    shape: Shape, is_recorded: bool, is_fused: bool, caplog: pytest.LogCaptureFixture
) -> None:
    device = torch.device("cuda")
    model = tiny_model(shape).to(device)
    cache = KVCache(shape_of(model.config, torch.float32), 8, 256, device)
    engine = Engine()
    record = recorder(device) if is_recorded else None
    engine.add_runner("base", TorchRunner(Layers(model, fuse=is_fused), cache, record))
    persona = tuple(range(20, 70))
    made = [make_sequence((*persona, 100 + number, 7), author=str(number), max_tokens=30)[0] for number in range(12)]
    for sequence in made:
        engine.submit(sequence)
    while engine.has_work():
        engine.step()
    for sequence in made:
        options: Any = {"detokeniser": Detokeniser(letters), "end_tokens": frozenset({END})}
        assert tuple(sequence.tokens) == complete(model, sequence.prompt, sequence.sampling, **options).tokens
    assert _GAVE_UP not in caplog.text


def test_4_bit_weights_and_adapters_beside_the_base_can_be_recorded(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    loaded = load_base(resolve(str(save_tiny_base(tmp_path))), quantization="4bit", device="cuda")
    engine = Engine()
    engine.add_runner("base", open_runner(loaded))
    assert _GAVE_UP not in caplog.text
    delta = (torch.randn(16, 64), torch.randn(16, 128))
    engine.add_adapter("base", "A", {"model.layers.0.mlp.up_proj": delta})
    made = [make_sequence((5, 6, 7), adapter=adapter, max_tokens=9)[0] for adapter in ("A", None, None)]
    for sequence in made:
        engine.submit(sequence)
    while engine.has_work():
        engine.step()
    assert made[1].tokens == made[2].tokens != made[0].tokens
