"""What the persona once wrote is not recited; what anybody says, and what may be told, is."""

from pathlib import Path

import pytest

from bot.guards.copies import is_copy
from model.facts import Facts, write

WRITTEN = ("昨日は徹夜で麻雀して見事に最下位だったw", "おつかれ〜", "カレーは4日目からが本番だと思ってる")


@pytest.fixture
def facts(tmp_path: Path) -> Facts:
    """Three utterances."""
    write(tmp_path / "facts.db", WRITTEN)
    return Facts(tmp_path / "facts.db")


@pytest.mark.parametrize(
    "text",
    [
        "昨日は徹夜で麻雀して見事に最下位だったw",
        "昨日は徹夜で麻雀して、見事に最下位だった！！",
        "うん、昨日は徹夜で麻雀して見事に最下位だったよ",
        "カレーは4日目からが本番だと思ってる〜。だから今日も食べる。明日も食べる。",
    ],
)
def test_an_utterance_is_recognised_with_other_signs_and_inside_a_longer_answer(text: str, facts: Facts) -> None:
    assert is_copy(text, facts)


@pytest.mark.parametrize(
    "text", ["おつかれ〜", "麻雀は苦手", "カレーは辛いほうが好きだな", "昨日は家で寝てた", "明日は星を見にいくつもり"]
)
def test_stock_phrases_and_words_of_ones_own_pass(text: str, facts: Facts) -> None:
    assert not is_copy(text, facts)


def test_what_stands_on_a_card_may_be_told_as_it_is(facts: Facts) -> None:
    assert not is_copy("カレーは4日目からが本番だと思ってる。", facts, ["カレー カレーは4日目からが本番だと思ってる"])


def test_without_utterances_nothing_is_a_copy() -> None:
    assert not is_copy("昨日は徹夜で麻雀して見事に最下位だった", Facts())
