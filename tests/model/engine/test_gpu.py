"""On a GPU every greedy answer is the one ``generate`` gives. Run with ``pytest -m gpu``; elsewhere it is skipped."""

import pytest
import torch

from model.engine.cache import KVCache, shape_of
from model.engine.detokeniser import Detokeniser
from model.engine.engine import Engine
from model.engine.linear import Layers
from model.engine.reference import complete
from model.engine.runner import TorchRunner
from tests.model.engine.sequences import END, letters, make_sequence
from tests.model.tiny import Shape, tiny_model

pytestmark = [pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device here")]


@pytest.mark.parametrize("shape", ["llama", "gpt2"])
def test_greedy_answers_equal_generate(shape: Shape) -> None:
    model = tiny_model(shape).cuda()
    cache = KVCache(shape_of(model.config, torch.float32), 8, 256, torch.device("cuda"))
    engine = Engine()
    engine.add_runner("base", TorchRunner(Layers(model), cache))
    persona = tuple(range(20, 70))
    made = [make_sequence((*persona, 100 + number, 7), author=str(number), max_tokens=30)[0] for number in range(12)]
    for sequence in made:
        engine.submit(sequence)
    while engine.has_work():
        engine.step()
    for sequence in made:
        options = {"detokeniser": Detokeniser(letters), "end_tokens": frozenset({END})}
        alone = complete(model, sequence.prompt, sequence.sampling, **options)  # type: ignore[arg-type]
        assert tuple(sequence.tokens) == alone.tokens
