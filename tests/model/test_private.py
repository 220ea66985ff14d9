"""What is private by its form is found in every way people write it; what only looks like it is left alone."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.private import RULES, find, is_card, is_my_number

PRIVATE = [
    ("url", "https://example.com/a?b=1#c"),
    ("url", "http://例.example.co.jp/x"[:7] + "example.co.jp/x"),
    ("url", "www.example.org/abc"),
    ("url", "example.com/foo"),
    ("url", "lin.ee/AbCdEf"),
    ("url", "discord.gg/abcdef"),
    ("email", "haru.invented+tag@mail.example.co.jp"),
    ("email", "haru＠example.com"),
    ("email", "haru(at)example.com"),
    ("handle", "@haru_invented"),
    ("handle", "＠haru_invented"),
    ("handle", "haru_x#1234"),
    ("phone", "090-1234-5678"),
    ("phone", "09012345678"),
    ("phone", "090 1234 5678"),
    ("phone", "０９０ー１２３４ー５６７８"),
    ("phone", "03-1234-5678"),
    ("phone", "(03)1234-5678"),
    ("phone", "03（1234）5678"),
    ("phone", "045-123-4567"),
    ("phone", "0467-12-3456"),
    ("phone", "0120-123-456"),
    ("phone", "+81 90-1234-5678"),
    ("phone", "+81-3-1234-5678"),
    ("phone", "090.1234.5678"),
    ("phone", "080−1234−5678"),
    ("postal_code", "〒123-4567"),
    ("postal_code", "〒1234567"),
    ("postal_code", "123-4567"),
    ("postal_code", "１２３－４５６７"),
    ("card", "4111 1111 1111 1111"),
    ("card", "4111-1111-1111-1111"),
    ("card", "5500005555555559"),
    ("card", "378282246310005"),
    ("my_number", "123456789018"),
    ("my_number", "1234 5678 9018"),
    ("my_number", "1234-5678-9018"),
    ("location", "35.6812, 139.7671"),
    ("location", "35.681236,139.767125"),
    ("location", "北緯35度40分52秒"),
    ("address", "東京都架空区夢見町1-2-3"),
    ("address", "夢見が丘市星町3丁目4番5号"),
]
INNOCENT = [
    "2023-11-23に会った",
    "今日は10時30分から",
    "3-1で勝った",
    "3対2の12-3",
    "1234567890123回くらい言った",
    "4111111111111112",
    "123456789012",
    "0.12345",
    "円周率は3.14159265",
    "Node.jsが好き",
    "19時@渋谷",
    "第3話〜第12話",
    "1000-2000円",
    "12:34:56",
    "え、2,000,000円？",
    "C#1000行",
]


def kinds(text: str) -> list[tuple[str, str]]:
    return [(found.kind, text[found.start : found.end]) for found in find(text)]


@pytest.mark.parametrize(("kind", "planted"), PRIVATE)
@pytest.mark.parametrize("sentence", ["{}", "これ {} だよ", "連絡先は{}です", "「{}」って言われた！", "まえ\n{}\nあと"])
def test_everything_planted_is_found_whole_and_under_its_kind(kind: str, planted: str, sentence: str) -> None:
    assert (kind, planted) in kinds(sentence.format(planted))


@pytest.mark.parametrize("text", INNOCENT)
def test_what_only_looks_private_is_left_alone(text: str) -> None:
    assert kinds(text) == []


def test_an_account_is_found_without_the_words_around_it() -> None:
    assert kinds("LINEのIDはharu.1234だよ") == [("account", "haru.1234")]
    assert kinds("Discord ID: haru_xyz") == [("account", "haru_xyz")]


def test_a_phone_number_is_no_postal_code_and_no_card() -> None:
    assert kinds("090-1234-5678と123-4567") == [("phone", "090-1234-5678"), ("postal_code", "123-4567")]


def test_a_my_number_with_a_wrong_check_digit_counts_only_when_it_is_called_one() -> None:
    assert kinds("マイナンバーは123456789012です") == [("my_number", "123456789012")]


@given(st.text("0123456789", min_size=15, max_size=15))
def test_luhn_accepts_exactly_one_last_digit(digits: str) -> None:
    assert sum(is_card(digits + last) for last in "0123456789") == (0 if set(digits) == {"0"} else 1)


@given(st.text("0123456789", min_size=11, max_size=11))
def test_a_my_number_has_exactly_one_check_digit(digits: str) -> None:
    assert sum(is_my_number(digits + last) for last in "0123456789") == 1


@given(st.text("0123456789-@.:/ あ〒〜ーwhtpsco()+度北緯番町", max_size=60))
def test_finds_never_overlap_and_always_lie_inside(text: str) -> None:
    found = sorted((f.start, f.end) for f in find(text))
    assert all(0 <= start < end <= len(text) for start, end in found)
    assert all(end <= start for (_, end), (start, _) in pairwise(found))


def test_rules_take_linear_time_on_long_hostile_text() -> None:
    for filler in ("0", "1-", "a.", "@", "あ1", "1 ", "町1"):
        assert isinstance(kinds(filler * 3000), list)
    assert len(RULES) > 10
