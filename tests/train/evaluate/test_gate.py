"""The gate says what failed in words, how far it is off, and nothing about what was not measured."""

from train.evaluate import gate
from train.evaluate.measure import Measure, share

BASE = {"G1": share(60, 60), "G2": share(50, 60)}


def test_a_rise_in_perplexity_is_a_ratio() -> None:
    assert gate.judge({"G3": Measure(value=1.15)}, BASE).has_passed
    assert gate.judge({"G3": Measure(value=1.16)}, BASE).failed == ("G3",)


def test_a_failed_condition_is_one_phrase_with_value_and_limit() -> None:
    (reason,) = gate.judge({"M1": Measure(value=0.4), "D1": share(0, 9)}, BASE).reasons()
    assert reason == "M1 (training lines can be drawn out word for word: 0.400, at most 0.050 is asked)"


def test_what_is_known_only_as_the_first_question_fails() -> None:
    base = {**BASE, "G2_later": share(60, 66)}
    assert gate.judge({"G2": share(50, 60), "G2_later": share(43, 66)}, base).failed == ("G2_later",)
    assert gate.judge({"G2": share(50, 60), "G2_later": share(48, 66)}, base).has_passed


def test_every_condition_has_words() -> None:
    assert {*gate.MOST, *gate.LEAST, "G1", "G2", "G2_later"} == set(gate.PLAINLY)


def test_what_violates_less_is_nearer_to_passing() -> None:
    near, far = (gate.judge({"M1": Measure(value=value)}, BASE) for value in (0.06, 0.5))
    assert 0 < near.violation < far.violation
    assert gate.judge({"M1": Measure(value=0.05)}, BASE).violation == 0
