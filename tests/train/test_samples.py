"""Rows of an epoch: what is prompt, what carries loss, and which rows share a batch."""

import itertools
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.conversation import Conversation, Role, Turn
from model.prompt import encode
from tests.model.tiny import tiny_tokenizer
from train.conversations import monologue, real
from train.samples import Sample, SampleError, Samples, Weighted, batches, within

SYSTEM = "あなたは常体で応答します。"


@dataclass(frozen=True)
class Line:
    text: str
    parent: str | None = None


LINES = (Line("行くわ〜", "飲み行く？"), Line("眠い"), Line("カレー食べたいw", "昼どうする？"), Line("また明日！"))


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return tiny_tokenizer()


def samples(tokenizer: Any, **fields: Any) -> Samples:
    own = {
        "utterances": LINES,
        "views": (Weighted(real, 1.0), Weighted(monologue, 0.2)),
        "system": lambda _: SYSTEM,
        "tokenizer": tokenizer,
        "max_len": 400,
        "seed": 1,
    }
    return Samples(**(own | fields))


def test_training_sees_exactly_what_serving_sends_plus_the_answer(tokenizer: Any) -> None:
    for line, row in zip(LINES, samples(tokenizer).epoch(0), strict=True):
        if line.parent is None:
            continue
        served = Conversation((Turn(Role.SYSTEM, SYSTEM), Turn(Role.USER, line.parent)))
        assert list(row.prompt) == encode(tokenizer, served)
        assert tokenizer.decode(row.reply[:-1]) == line.text


def test_every_reply_ends_with_the_end_token_and_holds_it_once(tokenizer: Any) -> None:
    for row in samples(tokenizer).epoch(0):
        assert row.reply[-1] == tokenizer.eos_token_id
        assert row.reply.count(tokenizer.eos_token_id) == 1


def test_every_row_begins_once(tokenizer: Any) -> None:
    for row in samples(tokenizer).epoch(0):
        assert (row.prompt + row.reply).count(tokenizer.bos_token_id) == 1


def test_an_epoch_can_be_drawn_again_without_those_before_it(tokenizer: Any) -> None:
    assert samples(tokenizer).epoch(7) == samples(tokenizer).epoch(7)


def test_epochs_and_seeds_draw_differently(tokenizer: Any) -> None:
    drawn = {tuple(samples(tokenizer, seed=seed).epoch(number)) for seed in (1, 2) for number in range(3)}
    assert len(drawn) > 1


def test_rows_that_are_too_long_are_left_out_and_counted(tokenizer: Any, caplog: pytest.LogCaptureFixture) -> None:
    rows = samples(tokenizer, utterances=(*LINES, Line("あ" * 300))).epoch(0)
    assert len(rows) == len(LINES)
    assert "left_out_too_long=1" in caplog.text


def test_data_that_fits_nowhere_is_refused_with_the_field_to_change(tokenizer: Any) -> None:
    with pytest.raises(SampleError, match="max_len"):
        samples(tokenizer, max_len=8).epoch(0)


@given(st.lists(st.integers(1, 60), min_size=1, max_size=50), st.integers(1, 16))
def test_batches_hold_every_row_once_and_neighbours_in_length(lengths: list[int], size: int) -> None:
    rows = [Sample((index,) * length, (0,)) for index, length in enumerate(lengths)]
    cut = batches(rows, size, "seed")
    assert sorted(row.prompt for batch in cut for row in batch) == sorted(row.prompt for row in rows)
    assert all(len(batch) <= size for batch in cut)
    spans = sorted((min(map(len, batch)), max(map(len, batch))) for batch in cut)
    assert all(first[1] <= second[0] for first, second in itertools.pairwise(spans))


@given(st.lists(st.integers(1, 60), min_size=1, max_size=30), st.integers(20, 400))
def test_a_batch_is_read_in_passes_of_bounded_size_and_whole_where_it_fits(lengths: list[int], num_slots: int) -> None:
    rows = [Sample((index,) * length, (0,)) for index, length in enumerate(lengths)]
    passes = list(within(rows, num_slots))
    assert sorted(row.prompt for group in passes for row in group) == sorted(row.prompt for row in rows)
    assert all(len(group) == 1 or len(group) * max(map(len, group)) <= num_slots for group in passes)
    assert len(rows) * max(map(len, rows)) > num_slots or passes == [rows]
