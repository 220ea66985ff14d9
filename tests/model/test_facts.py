"""What somebody said is found again by a word of two characters, or of one."""

from pathlib import Path

import pytest

from model.facts import Facts, FactsError, grams, write
from tests.model.invented import precision_at_5, utterances


@pytest.mark.parametrize("num", [146, 900])
def test_nearly_all_of_the_first_five_are_about_what_was_asked(num: int, tmp_path: Path) -> None:
    write(tmp_path / "facts.db", utterances(num))
    assert precision_at_5(Facts(tmp_path / "facts.db")) >= 0.88


def test_a_word_of_two_characters_and_one_of_a_single_kanji_are_found(tmp_path: Path) -> None:
    write(tmp_path / "facts.db", ["麻雀で負けた", "横浜まで歩いた", "冬が好き", "夏は苦手"])
    facts = Facts(tmp_path / "facts.db")
    assert facts.search("麻雀", 1) == ["麻雀で負けた"]
    assert facts.search("横浜？", 1) == ["横浜まで歩いた"]
    assert facts.search("冬！", 1) == ["冬が好き"]
    assert facts.search("xyz", 3) == [] and facts.search("", 3) == []


def test_width_and_case_make_no_difference(tmp_path: Path) -> None:
    write(tmp_path / "facts.db", ["ＰＹＴＨＯＮ書いてる"])
    assert Facts(tmp_path / "facts.db").search("python", 1)


def test_grams_do_not_cross_the_end_of_a_word() -> None:
    assert grams("麻雀！冬だ") == ["麻雀", "冬だ", "麻", "雀", "冬"]


def test_the_same_utterances_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.db", "b.db"):
        write(tmp_path / name, utterances(146))
    assert (tmp_path / "a.db").read_bytes() == (tmp_path / "b.db").read_bytes()


def test_no_file_and_no_utterances_hold_nothing(tmp_path: Path) -> None:
    write(tmp_path / "facts.db", [])
    for facts in (Facts(), Facts(tmp_path / "absent.db"), Facts(tmp_path / "facts.db")):
        assert facts.search("麻雀", 3) == []


def test_reading_leaves_the_sealed_folder_as_it_was(tmp_path: Path) -> None:
    write(tmp_path / "facts.db", ["麻雀で負けた"])
    Facts(tmp_path / "facts.db").search("麻雀", 1)
    assert [path.name for path in tmp_path.iterdir()] == ["facts.db"]


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "facts.db").write_bytes(b"nonsense" * 100)
    with pytest.raises(FactsError, match=r"facts\.db cannot be read"):
        Facts(tmp_path / "facts.db").search("麻雀", 1)
