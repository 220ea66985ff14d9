"""S4 and S5 tell one author's lines from another's, and do not tell an author from itself."""

import random
from collections.abc import Sequence
from itertools import product
from statistics import mean

import pytest

from train.evaluate.distance import style_distance
from train.evaluate.twosample import told_apart

THINGS = (
    *("カレー", "望遠鏡", "麦茶", "将棋", "温泉", "自転車", "ラーメン", "天気", "猫"),
    *("電車", "卒論", "単位", "玉ねぎ", "毛布", "双眼鏡", "雲", "屋上", "目覚まし"),
)
CASUAL = (
    *(
        "{}の匂いがする〜！",
        "また{}か〜w",
        "{}、今日も勝ち〜",
        "{}より寝たい…",
        "誰か{}持ってきて！",
        "{}が俺を呼んでる〜",
    ),
    *("{}とか無理すぎるw", "いや{}は裏切らない〜！", "{}のせいで寝坊したw", "{}だけで一日終わった〜"),
)
POLITE = (
    *(
        "{}について調べました。",
        "本日は{}の件でご連絡いたします。",
        "{}をご用意しております。",
        "{}はいかがでしょうか。",
    ),
    *("{}に関する資料です。", "昨日の{}を拝見しました。", "{}の使い方をご説明します。", "{}が届いておりません。"),
    *("{}の予定は未定です。", "{}を忘れないでください。"),
)


def lines(templates: Sequence[str], seed: int, num: int) -> list[str]:
    """Return ``num`` lines, each said with another pair of words, in an order of the seed's."""
    said = [template.format(thing) for template, thing in product(templates, THINGS)]
    return random.Random(seed).sample(said, num)


def split(seed: int) -> tuple[list[str], list[str], list[str]]:
    said = lines(CASUAL, seed, 174)
    return said[:75], said[75:150], said[150:]


def test_an_author_next_to_itself_is_at_about_zero() -> None:
    found = []
    for seed in range(12):
        replies, training, held_out = split(seed)
        measured = style_distance(replies, base=lines(POLITE, seed, 75), training=training, held_out=held_out)
        assert measured is not None
        found.append(measured.value)
    assert abs(mean(found)) <= 0.05
    assert all(abs(value) <= 0.15 for value in found)


@pytest.mark.parametrize("seed", range(4))
def test_another_author_is_far_from_zero(seed: int) -> None:
    _, training, held_out = split(seed)
    others = lines(POLITE, seed, 150)
    measured = style_distance(others[:75], base=others[75:], training=training, held_out=held_out)
    assert measured is not None
    assert measured.value >= 0.6
    assert (measured.low or 0) < measured.value < (measured.high or 0)
    assert measured.band is not None
    assert measured.band[0] < 0 < measured.band[1] < 0.6


def test_the_base_itself_is_at_one() -> None:
    _, training, held_out = split(0)
    base = lines(POLITE, 0, 75)
    measured = style_distance(base, base=base, training=training, held_out=held_out)
    assert measured is not None
    assert measured.value == pytest.approx(1.0, abs=0.02)


def test_too_few_lines_or_a_base_that_already_writes_so_give_no_distance() -> None:
    replies, training, held_out = split(0)
    polite = lines(POLITE, 0, 75)
    assert style_distance(replies, base=polite, training=training, held_out=held_out[:5]) is None
    assert style_distance(replies, base=held_out * 3, training=training, held_out=held_out) is None


def test_an_author_next_to_itself_lies_inside_the_band_of_permuted_labels() -> None:
    inside = 0
    for seed in range(40):
        replies, training, _ = split(seed)
        measured = told_apart(replies, training, seed)
        assert measured is not None and measured.band is not None
        inside += measured.band[0] <= measured.value <= measured.band[1]
    assert inside >= 36  # 95 % of them are expected inside; fewer than 36 of 40 happen once in a hundred times


def test_two_authors_are_told_apart_and_the_number_of_lines_is_stated() -> None:
    measured = told_apart(lines(POLITE, 0, 60), lines(CASUAL, 0, 80))
    assert measured is not None and measured.band is not None and measured.p is not None
    assert measured.value > 0.95 > measured.band[1]
    assert measured.num == 60
    assert measured.p < 0.01


def test_the_band_narrows_with_more_lines() -> None:
    few, many = (told_apart(lines(CASUAL, 0, num), lines(CASUAL, 1, num)) for num in (20, 150))
    assert few is not None and few.band is not None and many is not None and many.band is not None
    assert few.band[1] - few.band[0] > 1.8 * (many.band[1] - many.band[0])


def test_too_few_lines_are_not_classified() -> None:
    assert told_apart(["あ"] * 9, ["い"] * 50) is None
