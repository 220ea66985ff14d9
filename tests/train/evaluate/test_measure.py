"""Intervals and tests of the report card against values that can be worked out by hand or are in the tables."""

import math

import pytest

from train.evaluate.measure import Measure, difference, mcnemar, ratio, share


def test_newcombes_interval_is_that_of_his_paper() -> None:
    found = difference(share(56, 70), share(48, 80))
    assert (round(found.value, 4), round(found.low or 0, 4), round(found.high or 0, 4)) == (0.2, 0.0524, 0.3339)


@pytest.mark.parametrize(
    ("lost", "won", "p"), [(0, 0, 1.0), (5, 0, 0.0625), (1, 9, 22 / 1024), (3, 3, 1.0), (10, 0, 2 / 1024)]
)
def test_mcnemars_p_is_the_binomial_one(lost: int, won: int, p: float) -> None:
    before = [True] * lost + [False] * won + [True, False]
    after = [False] * lost + [True] * won + [True, False]
    assert mcnemar(before, after) == pytest.approx(p)


def test_a_ratio_of_sums_lies_in_its_interval_which_narrows_with_more_lines() -> None:
    few, many = ratio([1.0, 3.0] * 5, [2, 2] * 5), ratio([1.0, 3.0] * 50, [2, 2] * 50)
    assert few.value == many.value == 1.0
    assert (few.low or 0) < (many.low or 0) < 1 < (many.high or 0) < (few.high or 0)
    assert many.high == pytest.approx(1 + 1.96 * 0.5 / math.sqrt(100), abs=0.02)


def test_a_measure_carries_the_bases_value_unless_it_has_one_of_its_own() -> None:
    assert Measure(value=0.5).beside(Measure(value=0.7)).base == 0.7
    assert Measure(value=0.5, base=1.0).beside(Measure(value=0.7)).base == 1.0
    assert Measure(value=0.5).beside(None).base is None


def test_the_four_keys_of_the_contract_always_stand_and_the_others_where_known() -> None:
    assert Measure(value=1 / 3).to_dict() == {"value": 0.3333, "low": None, "high": None, "base": None}
    whole = Measure(value=0.5, num=120, p=0.04, own=0.9, band=(0.4, 0.6)).to_dict()
    assert {"num": 120, "p": 0.04, "own": 0.9, "band": [0.4, 0.6]}.items() <= whole.items()
