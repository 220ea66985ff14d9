"""Cutting an answer: nothing is lost, everything fits, and cuts fall where a reader would pause."""

import unicodedata

from hypothesis import assume, given
from hypothesis import strategies as st

from bot.pieces import cut, num_units
from bot.platforms.base import PieceLimits

NOTE = "（ここまで）"
JAPANESE = st.text(st.sampled_from("あいう漢字、。！？「」w〜\n 😀👩🏽‍🚀🇯🇵がﾞé"), max_size=400)
TEXTS = st.one_of(JAPANESE, st.text(max_size=400))


@given(TEXTS, st.integers(2, 60))
def test_pieces_joined_are_the_text(text: str, max_units: int) -> None:
    assume("```" not in text)
    assert "".join(cut(text, PieceLimits(max_units=max_units), NOTE)) == text


@given(TEXTS, st.integers(2, 60))
def test_every_piece_fits_and_none_is_empty(text: str, max_units: int) -> None:
    pieces = cut(text, PieceLimits(max_units=max_units), NOTE)
    assert all(0 < num_units(piece) <= max_units for piece in pieces)


@given(TEXTS)
def test_units_are_those_of_utf_16(text: str) -> None:
    assert num_units(text) == len(text.encode("utf-16-le", "surrogatepass")) // 2


@given(TEXTS, st.integers(20, 60), st.integers(1, 3))
def test_what_does_not_fit_the_allowed_pieces_is_said(text: str, max_units: int, max_pieces: int) -> None:
    limits = PieceLimits(max_units=max_units, max_pieces=max_pieces)
    pieces, whole = cut(text, limits, NOTE), cut(text, PieceLimits(max_units=max_units), NOTE)
    assert len(pieces) <= max_pieces
    assert all(num_units(piece) <= max_units for piece in pieces)
    assert (pieces == whole) if len(whole) <= max_pieces else pieces[-1].endswith(NOTE)


def test_a_cut_falls_behind_the_last_sentence_that_fits() -> None:
    text = "一つ目の文です。二つ目の文！三つ目はここで終わらないでまだ続くよ。"
    assert cut(text, PieceLimits(max_units=20), NOTE)[0] == "一つ目の文です。二つ目の文！"


def test_a_sentence_keeps_its_closing_bracket() -> None:
    assert cut("「ほんとに？」と聞いた", PieceLimits(max_units=9), NOTE)[0] == "「ほんとに？」"


def test_no_piece_begins_with_what_may_not_begin_a_line() -> None:
    assert cut("長い一文がここで終わりました。次", PieceLimits(max_units=14), NOTE)[0] == "長い一文がここで終わりまし"


def test_a_paragraph_is_a_better_cut_than_a_sentence() -> None:
    assert cut("始まり。\n\nつぎ。つぎ。", PieceLimits(max_units=9), NOTE)[0] == "始まり。\n\n"


@given(st.integers(0, 7))
def test_combined_characters_stay_whole(offset: int) -> None:
    for whole in ("👩🏽‍🚀", "🇯🇵", unicodedata.normalize("NFD", "が"), "ｶﾞ", "☀️"):
        text = "あ" * offset + whole * 6
        for piece in cut(text, PieceLimits(max_units=12), NOTE):
            assert piece.strip("あ").count(whole) * len(whole) == len(piece.strip("あ"))


def test_code_that_has_to_be_cut_stays_code_in_every_piece() -> None:
    code = "".join(f"print({number})\n" for number in range(60))
    text = f"こう書く。\n```python\n{code}```\nおわり。"
    pieces = cut(text, PieceLimits(max_units=200), NOTE)
    assert len(pieces) > 2 and all(num_units(piece) <= 200 for piece in pieces)
    assert all(piece.count("```") % 2 == 0 for piece in pieces)
    assert all(piece.startswith("```python\n") for piece in pieces[1:-1])
    shown = "".join(line for piece in pieces for line in piece.splitlines(keepends=True) if "```" not in line)
    assert shown.replace("\n", "") == text.replace("```python", "").replace("```", "").replace("\n", "")


def test_a_block_of_code_that_fits_the_next_piece_is_left_whole() -> None:
    text = "まえおき。" * 16 + "\n```\nprint(1)\nprint(2)\n```\n" + "あとがき。" * 16
    first, second = cut(text, PieceLimits(max_units=140), NOTE)[:2]
    assert "```" not in first and second.startswith("```\nprint(1)\nprint(2)\n```\n")
