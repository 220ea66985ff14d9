"""The symbol map of the original experiment, sign by sign."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from train.normalise import MAX_RUNS, normalise

TEXTS = st.text(
    st.sampled_from("あかガｶﾞﾞ漢w ｗWA~～〜ーｰ!！?？12３。、…\u200b\u200d\u3099\ufeff😀👨👧\n")
    | st.characters(codec="utf-8")
)


@pytest.mark.parametrize(
    ("text", "normalised"),
    [
        ("まじかああ〜〜〜〜〜〜", "まじかああ〜〜"),
        ("やばい～～～", "やばい〜〜"),
        ("やばい~~~", "やばい〜〜"),
        ("行く！？", "行く！？"),
        ("行く!?", "行く！？"),
        ("１２３", "123"),
        ("すごいーーーー", "すごいーー"),
        ("ラーメン　食べた い", "ラーメン　食べた い"),
        ("㌔①…", "㌔①…"),
        ("ﾗｰﾒﾝｶﾞｽｷ", "ラーメンガスキ"),
        ("草wwwwww", "草ww"),
        ("草ｗｗｗｗ", "草ｗｗ"),
        ("うん。。。。", "うん。。"),
        ("え………", "え……"),
        ("は\u3099", "ば"),
        ("~/notes を見て", "~/notes を見て"),
        ("ええええええ", "ええええええ"),
        ("ゼロ\u200b幅", "ゼロ幅"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("一行\r\n二行", "一行\n二行"),
        ("半分の絵文字\ud83d", "半分の絵文字"),
    ],
)
def test_each_symbol_has_one_spelling_and_everything_else_stays(text: str, normalised: str) -> None:
    assert normalise(text) == normalised


@given(TEXTS)
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(TEXTS)
def test_no_capped_symbol_runs_longer_than_allowed_and_the_text_is_composed(text: str) -> None:
    normalised = normalise(text)
    assert not any(symbol * (most + 1) in normalised for symbol, most in MAX_RUNS.items())
    assert unicodedata.is_normalized("NFC", normalised)


def test_a_run_may_be_as_long_as_asked() -> None:
    assert normalise("わ〜〜〜〜〜！！！", {"〜": 3}) == "わ〜〜〜！！！"
    assert normalise("わ〜〜〜〜〜", {}) == "わ〜〜〜〜〜"
