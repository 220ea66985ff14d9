"""What training never sees is the newest, and nothing in training gives it away."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from train.split import held_out
from train.utterance import Utterance


def said(number: int, text: str | None = None, thread: str | None = None, source: str = "a") -> Utterance:
    return Utterance(
        id=f"{source}{number}",
        text=text or f"{chr(0x4E00 + number * 3)}{chr(0x4E01 + number * 3)}{chr(0x4E02 + number * 3)}",
        speaker=None,
        said_at=datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=number),
        source=source,
        locator=f"line {number}",
        thread=thread,
    )


@pytest.mark.parametrize(("num", "num_held_out"), [(3, 1), (30, 10), (100, 20), (146, 22), (1000, 150), (3000, 200)])
def test_the_newest_are_held_out_in_the_right_number(num: int, num_held_out: int) -> None:
    assert held_out([said(n) for n in range(num)]) == [f"a{n}" for n in range(num - num_held_out, num)]


def test_threads_and_near_duplicates_stay_on_one_side() -> None:
    long = "今日も一日がんばっていきましょうという気持ちだけはあるんだよな"
    utterances = [said(n) for n in range(60)]
    utterances[0] = said(0, long)
    utterances[59] = said(59, long + "ほ")
    utterances[1], utterances[58] = said(1, thread="t"), said(58, thread="t")
    chosen = set(held_out(utterances))
    assert ("a0" in chosen) == ("a59" in chosen) and ("a1" in chosen) == ("a58" in chosen)


def test_a_talk_without_dates_gives_its_newest_part_too() -> None:
    utterances = [said(n) for n in range(100)] + [said(n + 500, source="b") for n in range(100)]
    chosen = held_out(utterances)
    assert sum(name.startswith("a") for name in chosen) == sum(name.startswith("b") for name in chosen) == 15


@given(st.lists(st.tuples(st.sampled_from(["t", "u", None]), st.text("あい", max_size=6)), max_size=40))
def test_never_more_than_a_third_is_held_out(parts: list[tuple[str | None, str]]) -> None:
    utterances = [said(n, text, thread) for n, (thread, text) in enumerate(parts)]
    assert len(held_out(utterances)) <= len(utterances) / 3
