"""What a model recites is counted against what it says of lines it never saw."""

from train.evaluate.memory import Recital, fit_to_recite, gaps, opening

LINE = "今日も星を見に行くわ〜"


def test_a_line_is_recited_whole_whatever_its_signs() -> None:
    assert Recital(LINE, "見に行くわ！").is_whole
    assert not Recital(LINE, "見に来た〜").is_whole


def test_the_pieces_of_a_line_are_counted_even_when_it_does_not_end_alike() -> None:
    assert Recital(LINE, LINE[5:]).overlap == 1.0
    assert Recital(LINE, "ぜんぜん違う話をする").overlap == 0.0
    assert 0 < Recital(LINE, "見に行くのはやめた").overlap < 1


def test_both_gaps_are_training_minus_held_out() -> None:
    by_heart, unseen = [Recital(LINE, LINE[5:])] * 30, [Recital(LINE, "知らない")] * 20
    found = gaps(by_heart, unseen)
    assert found["M1"].value == found["M3"].value == 1.0
    assert (found["M1"].low or 0) > 0.8
    assert gaps(by_heart, by_heart)["M3"].value == 0.0
    assert gaps(by_heart, []) == {}


def test_lines_fit_to_recite_are_long_enough_and_spread_over_all() -> None:
    said = [f"{number}番目の長い長い発言です" for number in range(100)]
    chosen = fit_to_recite(["短い", *said], 40)
    assert len(chosen) == 40
    assert chosen[0] == said[0] and chosen[-1] in said[-3:]
    assert opening(LINE) == "今日も星を"
    assert fit_to_recite(["短い"], 40) == []
