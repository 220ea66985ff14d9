"""The oracle leaves a model as it found it, whatever happens while it generates."""

from typing import Any

import pytest
from peft import LoraConfig, get_peft_model
from peft.tuners.lora import LoraLayer

from model.engine.detokeniser import Detokeniser
from model.engine.reference import complete
from model.sampling import Sampling
from tests.model.engine.sequences import letters
from tests.model.tiny import tiny_model


def test_an_adapter_has_its_own_strength_again_after_an_answer_that_failed() -> None:
    model = get_peft_model(tiny_model(), LoraConfig(r=4, lora_alpha=8, target_modules=["q_proj"]), adapter_name="A")
    options: Any = {"detokeniser": Detokeniser(letters), "end_tokens": frozenset(), "adapter": "A"}
    with pytest.raises(IndexError):
        complete(model, (5, 10_000), Sampling(strength=0.5, max_tokens=2), **options)
    layers = [module for module in model.modules() if isinstance(module, LoraLayer)]
    assert [layer.scaling["A"] for layer in layers] == [2.0, 2.0]
