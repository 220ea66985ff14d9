"""Which strength of an adapter is published: the one that sounds most like the persona among those that pass."""

import pytest

from train.evaluate.gate import Check, Verdict
from train.evaluate.measure import Measure
from train.strength import by_style, first_feasible, style_score

PASSED = Verdict(())


def failed(id_: str, value: float = 0.5) -> Verdict:
    return Verdict((id_,), (Check(id=id_, value=value, limit=0.9, is_floor=True),))


def measures(**values: float) -> dict[str, Measure]:
    return {id_: Measure(value=value, own=0.8 if id_ in {"S1", "S2"} else None) for id_, value in values.items()}


def test_a_persona_that_is_met_in_everything_scores_one() -> None:
    assert style_score(measures(S1=0.8, S2=0.8, S3=0.0, S4=0.0)) == 1.0


@pytest.mark.parametrize("off", [{"S1": 1.0}, {"S2": 0.1}, {"S3": 0.7}, {"S4": 0.9}])
def test_every_part_of_the_style_counts(off: dict[str, float]) -> None:
    assert style_score(measures(**{"S1": 0.8, "S2": 0.8, "S3": 0.0, "S4": 0.0} | off)) < 0.96


def test_a_distance_beyond_the_base_or_closer_than_the_persona_itself_is_clipped() -> None:
    assert style_score(measures(S4=1.7)) == 0.0
    assert style_score(measures(S4=-0.2)) == 1.0


def test_the_best_style_comes_first_and_of_equals_the_weaker() -> None:
    assert by_style({0.5: 0.61, 0.75: 0.804, 1.0: 0.8, 1.25: 0.7}) == [0.75, 1.0, 1.25, 0.5]


def test_the_first_strength_that_passes_is_taken_and_nothing_behind_it_is_measured() -> None:
    asked = []

    def judge(strength: float) -> Verdict:
        asked.append(strength)
        return PASSED if strength == 0.75 else failed("D3")

    assert first_feasible([1.25, 0.75, 0.5], judge) == 0.75
    assert asked == [1.25, 0.75]


def test_beyond_a_strength_that_forgot_nothing_stronger_is_measured() -> None:
    asked = []

    def judge(strength: float) -> Verdict:
        asked.append(strength)
        return PASSED if strength == 0.5 else failed("G1")

    assert first_feasible([1.0, 1.25, 0.5], judge) == 0.5
    assert asked == [1.0, 0.5]


def test_where_none_passes_the_nearest_to_passing_is_taken() -> None:
    assert first_feasible([1.0, 0.75, 0.5], lambda strength: failed("D3", 1 - strength)) == 0.5
    assert first_feasible([0.5, 0.75], lambda strength: failed("D3", strength)) == 0.75
