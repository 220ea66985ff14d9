"""The bars of training: read from report cards, met by the mean over the seeds."""

import math
import tomllib
from pathlib import Path

import pytest

from train.bench.bars import ARTICLE, OURS, flag_bar, pace_bars, waste_bar
from train.bench.compare import Workshop
from train.recipe import RECIPES, load_recipe


def card(**values: float) -> dict[str, dict[str, float]]:
    return {id_: {"value": value, "base": 1.0} for id_, value in values.items()}


GOOD = card(G1=0.97, G2=0.9, G2_later=0.9, G3=1.02, S1=0.95, D3=1.0, D1=0.0, M1=0.0, M1_bare=0.0, M2=0.0, S4=0.3)


def test_a_good_card_keeps_every_bar_of_ours_and_shows_none_of_the_originals_failures() -> None:
    assert all(bar.read([GOOD, GOOD]).has_held for bar in OURS)
    assert not any(bar.read([GOOD]).has_held for bar in ARTICLE)


@pytest.mark.parametrize(
    "off",
    [
        {"G1": 0.9},
        {"G2": 0.7},
        {"G2_later": 0.7},
        {"G3": math.exp(0.2)},
        {"S1": 0.8},
        {"D3": 0.9},
        {"M1": 0.2},
        {"M1_bare": 0.2},
        {"S4": 0.6},
    ],
)
def test_each_bar_can_be_missed(off: dict[str, float]) -> None:
    missed = [bar.read([GOOD | card(**off)]) for bar in OURS]
    assert sum(not reading.has_held for reading in missed) == 1


def test_the_mean_decides_and_the_range_is_told() -> None:
    reading = OURS[0].read([card(G1=1.0), card(G1=0.94)])
    assert reading.has_held
    row = reading.to_json()
    assert (row["mean"], row["min"], row["max"]) == (0.97, 0.94, 1.0)


def test_what_was_not_measured_is_not_kept() -> None:
    assert not OURS[0].read([{}]).has_held
    assert not pace_bars([{"path": "ours", "ratio": 1.0, "is_equal_work": True}])[1].has_held


def test_a_faster_way_counts_only_where_it_does_equal_work() -> None:
    rows = [{"path": "article", "ratio": 0.3, "is_equal_work": False}]
    assert not pace_bars(rows)[0].has_held
    assert pace_bars([{**rows[0], "is_equal_work": True}])[0].has_held
    assert waste_bar(0.09).has_held and not waste_bar(0.11).has_held
    assert flag_bar(is_flagged=True, exit_code=1).has_held
    assert not flag_bar(is_flagged=True, exit_code=0).has_held


def test_the_recipes_that_are_made_for_the_comparison_differ_in_one_thing(tmp_path: Path) -> None:
    shop = Workshop(example=tmp_path, home=tmp_path, base="mini")
    bare, own = load_recipe(shop.without_anchors()), load_recipe(RECIPES / "mini.toml")
    assert (bare.anchors.neutral, bare.anchors.persona) == (0, 0)
    assert bare.model_copy(update={"name": "", "anchors": own.anchors}) == own.model_copy(update={"name": ""})
    hot = tomllib.loads(shop.article_at(1e-3).read_text(encoding="utf-8"))
    assert hot["learning_rate"] == 1e-3
    assert hot["raw_lines"]
