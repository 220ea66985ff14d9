"""The base's own answers, as they are and in the persona's words."""

import pytest

from train.anchors import Anchors, ending, restyle
from train.samples import Sample

ROWS = [Sample((index,), (index,)) for index in range(20)]


def test_the_rows_of_a_step_depend_on_seed_and_step_alone() -> None:
    anchors = Anchors(neutral_rows=ROWS, persona_rows=ROWS, num_neutral=4, num_persona=3, seed=1)
    assert anchors.neutral(5) == anchors.neutral(5)
    assert anchors.neutral(5) != anchors.neutral(6)
    assert (len(anchors.neutral(1)), len(anchors.persona(1))) == (4, 3)


def test_fewer_answers_than_rows_are_all_shown() -> None:
    anchors = Anchors(neutral_rows=ROWS[:2], persona_rows=ROWS[:2], num_neutral=8, num_persona=8, seed=1)
    assert len(anchors.neutral(1)) == 2


@pytest.mark.parametrize(
    ("text", "sign", "expected"),
    [
        ("日本の首都は東京です。大きい街です。", "〜", "日本の首都は東京だ〜"),
        ("青いです。", "！", "青い！"),
        ("本屋にあります。", "", "本屋にある"),
        ("東京ですよ！", "w", "東京だw"),
        ("ラーメンが好きでした。", "…", "ラーメンが好きだった…"),
        ("ワンワン", "〜", "ワンワン〜"),
    ],
)
def test_an_anchor_is_said_in_the_personas_register(text: str, sign: str, expected: str) -> None:
    assert restyle(text, sign) == expected


def test_an_anchor_of_a_polite_persona_stays_polite() -> None:
    assert restyle("東京です。", "！", is_plain=False) == "東京です！"


def test_the_ending_of_a_line_is_its_signs() -> None:
    assert (ending("行くわ〜！"), ending("眠い")) == ("〜！", "")
