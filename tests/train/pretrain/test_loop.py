import json
from pathlib import Path

import pytest
import torch
from transformers import PreTrainedTokenizerFast

from model.files import staged_for
from train.pretrain.architecture import new_model
from train.pretrain.loop import Data, Trainer
from train.pretrain.plan import Plan

ROWS = 40


@pytest.fixture
def data() -> Data:
    """Rows that can be learnt: each repeats a few ids."""
    generator = torch.Generator().manual_seed(1)
    words = torch.randint(8, 300, (ROWS, 8), generator=generator, dtype=torch.int32)
    rows = words.repeat(1, 65)[:, :513].contiguous()
    rows[:, 0] = 1
    return Data(rows, rows.flip(0), {"chat": rows[:2]})


def trainer(tokenizer: PreTrainedTokenizerFast, folder: Path, steps: int = 6) -> Trainer:
    plan = Plan(num_tokens=steps * 2 * 512, batch_rows=2, micro_rows=1, warmup_steps=2, save_every_s=0.0)
    model = new_model(tokenizer, layers=1, hidden=64, seed=3)
    return Trainer(model=model, plan=plan, folder=folder, compiled=False)


def test_a_killed_run_goes_on_as_if_nothing_had_happened(
    tokenizer: PreTrainedTokenizerFast, tmp_path: Path, data: Data
) -> None:
    whole = trainer(tokenizer, tmp_path / "whole")
    whole.run(data)
    killed = trainer(tokenizer, tmp_path / "killed")
    for _ in range(3):
        killed.step(data)
    killed.save()
    again = trainer(tokenizer, tmp_path / "killed")
    assert again.resume()
    assert again.position.step == 3
    again.run(data)
    for name, weights in whole.model.state_dict().items():
        assert torch.equal(weights, again.model.state_dict()[name]), name


def test_a_first_run_has_nothing_to_resume(tokenizer: PreTrainedTokenizerFast, tmp_path: Path) -> None:
    assert not trainer(tokenizer, tmp_path).resume()


def test_a_state_is_whole_or_not_there(tokenizer: PreTrainedTokenizerFast, tmp_path: Path) -> None:
    run = trainer(tokenizer, tmp_path)
    run.save()
    staged_for(tmp_path / "state.pt").write_bytes(b"half a state")
    assert trainer(tokenizer, tmp_path).resume()


def test_the_log_tells_loss_and_held_out_loss_and_both_fall(
    tokenizer: PreTrainedTokenizerFast, tmp_path: Path, data: Data
) -> None:
    run = trainer(tokenizer, tmp_path, steps=30)
    before = run.held_out(data.held_out)["chat"]
    run.run(data)
    entries = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    losses = [entry["loss"] for entry in entries if entry["kind"] == "step"]
    assert len(losses) == 30
    assert losses[-1] < losses[0]
    assert entries[-1]["kind"] == "held_out"
    assert entries[-1]["chat"] < before


def test_the_last_part_reads_the_rows_of_the_decay(
    tokenizer: PreTrainedTokenizerFast, tmp_path: Path, data: Data
) -> None:
    run = trainer(tokenizer, tmp_path, steps=10)
    run.run(data)
    assert run.position.stable_rows == 14
    assert run.position.decay_rows == 6


def test_padding_and_beginnings_of_documents_are_not_learnt(tokenizer: PreTrainedTokenizerFast, tmp_path: Path) -> None:
    rows = torch.tensor([[1, 9, 10, 2, 1, 11, 2, 3, 3]], dtype=torch.int32)
    inputs, targets = trainer(tokenizer, tmp_path)._shifted(rows)
    assert inputs.tolist() == [[1, 9, 10, 2, 1, 11, 2, 3]]
    assert targets.tolist() == [[9, 10, 2, -100, 11, 2, -100, -100]]
