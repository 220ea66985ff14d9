"""What the model card compares."""

from argparse import Namespace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import PreTrainedTokenizerFast

from tests.train.pretrain.conftest import TEXTS
from train.pretrain.architecture import new_model
from train.pretrain.corpus import REGISTERS
from train.pretrain.dialogue import Turn
from train.pretrain.evaluate import held_out_figures, loss_per_char
from train.pretrain.loop import Trainer
from train.pretrain.mixture import Stage
from train.pretrain.plan import Plan
from train.pretrain.reread import document_ids, documents_of, trained_texts
from train.pretrain.rows import Encoder, Rows, held_out_rows, pack

NUM_ROWS = 2
READ = [[Turn("text", f"読んだのは{number}番目の「{TEXTS[number % 8]}」だった。")] for number in range(200)]


@pytest.fixture
def model(tokenizer: PreTrainedTokenizerFast) -> Any:
    return new_model(tokenizer, layers=1, hidden=64, seed=5)


@pytest.fixture
def read(tokenizer: PreTrainedTokenizerFast) -> Rows:
    return pack(map(Encoder(tokenizer), READ), int(tokenizer.pad_token_id))


def evaluated(
    model: Any, tokenizer: PreTrainedTokenizerFast, corpora: Path, work: Path, read: Rows
) -> dict[str, dict[str, float]]:
    """The figures of a model whose run has read these rows."""
    trainer = Trainer(model=model, plan=Plan(num_tokens=10**6), folder=work, compiled=False)
    trainer.position.stable_rows = len(read)
    trainer.save()
    for stage in Stage:
        np.save(work / f"{stage}.npy", read)
    arguments = Namespace(corpora=corpora, work=work, rows=NUM_ROWS, seed=1)
    return held_out_figures(
        {"model": model, "unquantised": model}, tokenizer, trained_texts(tokenizer, work), arguments
    )


def test_every_register_is_compared_with_both_references(
    model: Any, tokenizer: PreTrainedTokenizerFast, corpora: Path, tmp_path: Path, read: Rows
) -> None:
    figures = evaluated(model, tokenizer, corpora, tmp_path, read)
    assert list(figures) == list(REGISTERS)
    for row in figures.values():
        assert row["unquantised"] == row["model"]
        assert row["five_gram"] < row["untrained"]
        assert row["left_out"] == 0


def test_a_held_out_text_that_was_read_elsewhere_is_left_out(
    model: Any, tokenizer: PreTrainedTokenizerFast, corpora: Path, tmp_path: Path, read: Rows
) -> None:
    held_out = held_out_rows(corpora, tokenizer, max_rows=NUM_ROWS)["encyclopedic"]
    seen = pack(document_ids(tokenizer, held_out)[:1], int(tokenizer.pad_token_id))
    before = evaluated(model, tokenizer, corpora, tmp_path / "before", read)
    after = evaluated(model, tokenizer, corpora, tmp_path / "after", np.concatenate([read, seen]))
    assert after["encyclopedic"]["left_out"] > 0
    assert after["encyclopedic"]["chars"] < before["encyclopedic"]["chars"]


def test_who_speaks_next_is_given_and_not_scored(model: Any, tokenizer: PreTrainedTokenizerFast) -> None:
    user, assistant = (tokenizer.convert_tokens_to_ids(f"<|{role}|>") for role in ("user", "assistant"))
    text = tokenizer("元気だよ。", add_special_tokens=False).input_ids
    talk = [1, user, *text, 2, assistant, *text, 2]
    with torch.no_grad():
        logits = model(input_ids=torch.tensor([talk])).logits[0, :-1].log_softmax(-1)
    losses = [-float(row[token]) for row, token in zip(logits, talk[1:], strict=True) if token not in (user, assistant)]
    assert loss_per_char(model, tokenizer, [talk], 10) == pytest.approx(sum(losses) / 10, abs=1e-3)
    assert documents_of(tokenizer, np.array([talk])) == ["元気だよ。\n元気だよ。"]
