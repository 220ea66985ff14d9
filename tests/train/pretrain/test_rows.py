import itertools
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from transformers import PreTrainedTokenizerFast

from tests.train.pretrain.conftest import TEXTS
from train.pretrain.corpus import REGISTERS
from train.pretrain.dialogue import Turn
from train.pretrain.grams import kept_out
from train.pretrain.mixture import SHARES, Stage
from train.pretrain.rows import Encoder, Part, encoded_part, held_out_rows, pack, stage_rows

BOS, PAD = 1, 3


@given(lengths=st.lists(st.integers(min_value=2, max_value=30), max_size=200))
def test_packing_loses_no_document_and_cuts_none(lengths: list[int]) -> None:
    encoded = [[BOS, *[10 + index] * (length - 1)] for index, length in enumerate(lengths)]
    rows = pack(encoded, PAD, width=32)
    found = [list(group) for row in rows for group in _documents(row.tolist())]
    assert sorted(found) == sorted(encoded)


def test_a_document_longer_than_a_row_is_left_out_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    rows = pack([[BOS, 9, 9], [BOS, *[8] * 32], [BOS, 7]], PAD, width=32)
    assert _documents(rows[0].tolist()) == [[BOS, 9, 9], [BOS, 7]]
    assert "left out=1" in caplog.text


def test_packing_wastes_little_when_documents_are_short() -> None:
    rng = random.Random(1)
    rows = pack([[BOS] * rng.randint(5, 100) for _ in range(3000)], PAD)
    assert (rows == PAD).mean() < 0.02


def test_a_scene_is_encoded_exactly_as_the_chat_template_renders_it(tokenizer: PreTrainedTokenizerFast) -> None:
    scene = [Turn("system", "常体で。"), Turn("user", "元気？"), Turn("assistant", "元気だよ。")]
    messages = [{"role": turn.role, "content": turn.text} for turn in scene]
    assert Encoder(tokenizer)(scene) == tokenizer.apply_chat_template(messages, return_dict=False)


def test_shares_of_each_stage_add_up_to_one() -> None:
    for shares in SHARES.values():
        assert abs(sum(shares.values()) - 1) < 0.02


def test_a_stage_is_as_long_as_asked_and_the_same_however_many_processes_encode_it(
    corpora: Path, tokenizer: PreTrainedTokenizerFast
) -> None:
    made = [
        stage_rows(corpora, tokenizer, stage=Stage.DECAY, num_tokens=40_000, seed=5, num_processes=number)
        for number in (1, 2)
    ]
    assert np.array_equal(made[0], made[1])
    assert 38_000 < (made[0] != PAD).sum() < 60_000
    assert (made[0][:, 0] == BOS).all()


def test_documents_of_evaluation_sets_are_left_out(tokenizer: PreTrainedTokenizerFast, tmp_path: Path) -> None:
    banned, kept = "".join(TEXTS[:3]), "".join(TEXTS[3:6])
    (tmp_path / "tatoeba_ja.txt").write_text(f"{banned}\n{kept}\n" * 40, encoding="utf-8")
    (tmp_path / "evaluated.jsonl").write_text(f'{{"text": "問題：{banned}"}}\n', encoding="utf-8")
    runs = kept_out([tmp_path / "evaluated.jsonl"])
    parts = [
        Part(folder=tmp_path, name="tatoeba", index=index, num_tokens=90, seed="1", kept_out=runs) for index in (0, 1)
    ]
    encoded = [ids for part in parts for ids in encoded_part(tokenizer, part)]
    assert {tokenizer.decode(ids, skip_special_tokens=True) for ids in encoded} == {kept}


def test_held_out_rows_exist_for_every_register(corpora: Path, tokenizer: PreTrainedTokenizerFast) -> None:
    rows = held_out_rows(corpora, tokenizer, max_rows=2)
    assert list(rows) == list(REGISTERS)
    assert all(len(found) in (1, 2) for found in rows.values())


def _documents(row: list[int]) -> list[list[int]]:
    kept = list(itertools.takewhile(lambda token: token != PAD, row))
    starts = [index for index, token in enumerate(kept) if token == BOS]
    return [kept[start:end] for start, end in zip(starts, [*starts[1:], len(kept)], strict=True)]
