"""What the model said is looked at before anyone else does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.guards.fault import Fault
from bot.guards.form import broken, clean, whole_sentences


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert clean(clean(text)) == clean(text)


def test_control_and_direction_characters_are_taken_out() -> None:
    assert clean("\u202eあ\u0000い\u2066う\u200b え\ufeff") == "あいう え"


def test_joined_emoji_stay_whole() -> None:
    assert clean("👩‍🚀 すごい☀️") == "👩‍🚀 すごい☀️"


@pytest.mark.parametrize("text", ["", "   ", "\n\n", "。。", "…", "「」"])
def test_an_answer_without_a_word_is_empty(text: str) -> None:
    assert broken(clean(text)) is Fault.EMPTY


@pytest.mark.parametrize(
    "text",
    [
        "今日は〜〜〜〜〜〜〜〜〜〜〜〜〜〜",
        "そうそうそうそうそうそうそう",
        "いいね！\nいいね！\nいいね！\nいいね！\nいいね！\n",
    ],
)
def test_running_on_for_ever_is_degenerate(text: str) -> None:
    assert broken(text) is Fault.DEGENERATE


@pytest.mark.parametrize(
    "text", ["www", "えーーー！まじで！？", "はいはいはい", "😀", "7", "a b a b a b", "ボルダリング！毎週行ってるw"]
)
def test_what_people_write_passes(text: str) -> None:
    assert broken(text) is None


def test_a_sentence_broken_by_the_length_limit_is_taken_off() -> None:
    assert whole_sentences("ボルダリングが好き！毎週行ってて、最") == "ボルダリングが好き！"


def test_a_broken_sentence_stays_when_it_is_most_of_the_answer() -> None:
    assert whole_sentences("うん！最近はずっとボルダリングに行っていて") == "うん！最近はずっとボルダリングに行っていて"
