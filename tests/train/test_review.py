"""A reviewer's words are carried out, can be taken back, and survive a new build."""

from pathlib import Path

import pytest

from tests.train.exports import text_file
from train import dataset, review
from train.contents import Contents
from train.review_table import ReviewError

LINES = """山田くんと田中さんがラーメン食べてた
連絡は 090-1234-5678 か 03-1234-5678 まで
うん
今日は何もない素晴らしい一日だったな
見て https://example.com/x すごい話だよ
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    dataset.build([text_file(tmp_path / "me.txt", LINES)], speaker=None, out=tmp_path / "data")
    return tmp_path / "data"


def write_action(data: Path, span: str, action: str, replacement: str | None = None) -> None:
    """Do by hand what a reviewer does in an editor."""
    lines = (data / "review.tsv").read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        columns = line.split("\t")
        if columns[2] == span:
            columns[4] = action
            columns[3] = columns[3] if replacement is None else replacement
            lines[number] = "\t".join(columns)
    (data / "review.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def texts(data: Path) -> list[str]:
    return [utterance.text for utterance in dataset.read(data).utterances]


def test_untouched_a_review_changes_nothing(data: Path) -> None:
    before = {file.name: file.read_bytes() for file in data.iterdir()}
    review.apply(data)
    assert {file.name: file.read_bytes() for file in data.iterdir()} == before


def test_keep_brings_the_words_back_and_mask_takes_them_again(data: Path) -> None:
    masked = texts(data)[0]
    write_action(data, "田中", "keep")
    card = review.apply(data)
    assert "田中さん" in texts(data)[0] and "山田" not in texts(data)[0]
    assert card.sources[0].masked["name"] == 1
    write_action(data, "田中", "mask")
    review.apply(data)
    assert texts(data)[0] == masked


def test_edit_uses_what_the_reviewer_wrote(data: Path) -> None:
    write_action(data, "090-1234-5678", "edit", "いつもの番号")
    review.apply(data)
    assert texts(data)[1] == "連絡は いつもの番号 か 〔電話番号〕 まで"
    write_action(data, "090-1234-5678", "edit", "あれ")
    review.apply(data)
    assert texts(data)[1] == "連絡は あれ か 〔電話番号〕 まで"


def test_drop_takes_the_whole_utterance_and_it_can_come_back(data: Path) -> None:
    before = texts(data)
    write_action(data, "090-1234-5678", "drop")
    card = review.apply(data)
    assert texts(data) == [before[0], *before[2:]]
    assert card.sources[0].dropped["reviewer"] == 1
    assert card.sources[0].read == card.sources[0].kept + sum(card.sources[0].dropped.values())
    write_action(data, "090-1234-5678", "mask")
    review.apply(data)
    assert texts(data) == before


def test_what_was_dropped_by_judgement_comes_back_in_its_place(data: Path) -> None:
    write_action(data, "うん", "keep")
    review.apply(data)
    assert texts(data)[2] == "うん"
    write_action(data, "うん", "edit", "うんうん")
    review.apply(data)
    assert texts(data)[2] == "うんうん"
    write_action(data, "うん", "drop")
    review.apply(data)
    assert "うん" not in texts(data) and Contents.read(data).dropped[0].reason == "too_short"


def test_a_new_build_keeps_what_was_decided(data: Path, tmp_path: Path) -> None:
    write_action(data, "田中", "keep")
    write_action(data, "うん", "keep")
    write_action(data, "03-1234-5678", "edit", "家の番号")
    review.apply(data)
    decided = texts(data)
    dataset.build([tmp_path / "me.txt"], speaker=None, out=data)
    assert texts(data) == decided


@pytest.mark.parametrize(
    ("span", "action", "sentence"),
    [
        ("うん", "perhaps", "the action perhaps is none of mask, keep, edit, drop"),
        ("https://example.com/x", "keep", "a url cannot be put back"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_changes(data: Path, span: str, action: str, sentence: str) -> None:
    before = (data / "utterances.jsonl").read_bytes()
    write_action(data, span, action)
    with pytest.raises(ReviewError, match=sentence):
        review.apply(data)
    assert (data / "utterances.jsonl").read_bytes() == before


def test_a_row_about_nothing_and_a_broken_row_are_refused(data: Path) -> None:
    table = (data / "review.tsv").read_text(encoding="utf-8")
    (data / "review.tsv").write_text(table + "0123456789abcdef\tname\t誰\tA\tmask\ttext:0-1\n", encoding="utf-8")
    with pytest.raises(ReviewError, match="0123456789abcdef, which is not in the data set"):
        review.apply(data)
    (data / "review.tsv").write_text(table + "half a row\n", encoding="utf-8")
    with pytest.raises(ReviewError, match="expected the columns id, kind, span"):
        review.apply(data)
