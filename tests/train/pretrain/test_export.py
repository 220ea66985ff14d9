from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerFast

from train.pretrain.architecture import new_model
from train.pretrain.export import export
from train.pretrain.likelihood import loaded, token_losses
from train.pretrain.loop import Trainer
from train.pretrain.plan import Plan
from train.pretrain.vocabulary import PIECES


@pytest.fixture
def work(tokenizer: PreTrainedTokenizerFast, pieces: bytes, tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    model = new_model(tokenizer, layers=2, hidden=64, seed=1)
    Trainer(model=model, plan=Plan(num_tokens=10**6), folder=folder, compiled=False).save()
    (folder / PIECES).write_bytes(pieces)
    return folder


def test_the_folder_loads_in_four_bits_without_being_asked(work: Path, tmp_path: Path) -> None:
    export(work, tmp_path / "mini", is_quantised=True)
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "mini")
    assert model.is_loaded_in_4bit
    assert model.get_input_embeddings().weight.dtype == torch.bfloat16


def test_four_bits_cost_little_of_what_the_model_knows(work: Path, tmp_path: Path) -> None:
    export(work, tmp_path / "nf4", is_quantised=True)
    export(work, tmp_path / "bf16", is_quantised=False)
    sequence = [[1, *range(10, 60)]]
    losses = [sum(token_losses(loaded(tmp_path / form), sequence)[0]) for form in ("nf4", "bf16")]
    assert losses[0] == pytest.approx(losses[1], rel=0.02)


def test_what_others_wrote_into_the_folder_stays(work: Path, tmp_path: Path) -> None:
    (tmp_path / "mini").mkdir()
    (tmp_path / "mini" / "MODEL_CARD.md").write_text("card")
    export(work, tmp_path / "mini", is_quantised=False)
    assert (tmp_path / "mini" / "MODEL_CARD.md").read_text() == "card"
    assert {path.name for path in tmp_path.iterdir()} == {"work", "mini"}


def test_the_exported_folder_is_complete(work: Path, tmp_path: Path) -> None:
    export(work, tmp_path / "mini", is_quantised=True)
    names = {path.name for path in (tmp_path / "mini").iterdir()}
    assert {"model.safetensors", "tokenizer.json", "config.json", "generation_config.json"} <= names
    assert "{% generation %}" in AutoTokenizer.from_pretrained(tmp_path / "mini").chat_template
