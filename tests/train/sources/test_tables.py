"""Plain text, CSV and JSON Lines are read line by line."""

from pathlib import Path

import pytest

from tests.train.exports import text_file
from train.sources.detect import Source, open_source
from train.sources.document import BrokenSource
from train.utterance import Utterance


def opened(tmp_path: Path, content: str, **how: str) -> Source:
    return open_source(text_file(tmp_path / "no_hint.dat", content, **how), "mine")


def utterances(source: Source) -> list[Utterance]:
    return [item for item in source.items if isinstance(item, Utterance)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_each_line_of_a_text_is_an_utterance(tmp_path: Path, encoding: str, newline: str) -> None:
    source = opened(tmp_path, "今日は寝る\n\n 明日も寝る \n", encoding=encoding, newline=newline)
    assert source.format == "text"
    assert [(u.text, u.locator) for u in utterances(source)] == [("今日は寝る", "line 1"), ("明日も寝る", "line 3")]


def test_a_text_that_begins_with_a_bracket_is_still_text(tmp_path: Path) -> None:
    assert opened(tmp_path, "[笑]それはない\nほんとに\n").format == "text"


def test_names_before_a_colon_are_the_speakers_of_a_text(tmp_path: Path) -> None:
    lines = "後輩：趣味は？\n蒼井：星を見ること\n夜は本番だぞ\n[SPEAKER_00]: 昼は？\n蒼井: 昼は寝てる\n後輩: なるほど\n"
    assert [(u.speaker, u.text) for u in utterances(opened(tmp_path, lines, encoding="cp932"))] == [
        ("後輩", "趣味は？"),
        ("蒼井", "星を見ること"),
        ("蒼井", "夜は本番だぞ"),
        (None, "[SPEAKER_00]: 昼は？"),
        ("蒼井", "昼は寝てる"),
        ("後輩", "なるほど"),
    ]


def test_where_every_line_has_a_name_one_line_is_enough(tmp_path: Path) -> None:
    lines = "後輩：趣味は？\n蒼井：星\n店員：ご注文は？\n蒼井：麦茶\n"
    assert [u.speaker for u in utterances(opened(tmp_path, lines))] == ["後輩", "蒼井", "店員", "蒼井"]


@pytest.mark.parametrize(
    "line", ["注意：夜は寒い", "名言：星は昼にもある", "12:30に起きた", "https://example.com は便利", "好き: 麦茶"]
)
def test_a_colon_in_few_lines_makes_no_speaker(tmp_path: Path, line: str) -> None:
    said = utterances(opened(tmp_path, "\n".join(["今日は寝る", "星を見た", line, "麦茶がない", "曇った"])))
    assert [u.speaker for u in said] == [None] * 5 and said[2].text == line


def test_a_remark_that_comes_again_is_no_speaker(tmp_path: Path) -> None:
    said = utterances(opened(tmp_path, "注意：夜は寒い\n注意：昼は暑い\n日時：今夜\n日時：明日の夜\n"))
    assert {u.speaker for u in said} == {None}


def test_columns_of_csv_are_known_by_their_names(tmp_path: Path) -> None:
    content = (
        'said_at,speaker,text\n2024-04-30 21:15,ハル,"長い, 話で\n二行ある"\n2024-05-01T00:00:00Z,みのり,うんうん\n'
    )
    first, second = utterances(opened(tmp_path, content, encoding="cp932", newline="\r\n"))
    assert (first.speaker, first.text.replace("\r", ""), first.locator) == ("ハル", "長い, 話で\n二行ある", "line 2")
    assert first.said_at is not None and first.said_at.isoformat() == "2024-04-30T21:15:00+09:00"
    assert (second.speaker, second.locator) == ("みのり", "line 4")


def test_a_table_with_tabs_is_read_too(tmp_path: Path) -> None:
    source = opened(tmp_path, "text\tspeaker\nねむいわー\tハル\n")
    assert [(u.text, u.speaker) for u in utterances(source)] == [("ねむいわー", "ハル")]


def test_json_lines_may_carry_what_they_answer(tmp_path: Path) -> None:
    content = '{"text": "眠い", "speaker": "ハル", "parent": "元気？", "said_at": null}\n{"text": "寝る"}\n'
    first, second = utterances(opened(tmp_path, content))
    assert (first.parent, first.speaker, first.said_at) == ("元気？", "ハル", None)
    assert (second.text, second.locator) == ("寝る", "line 2")


def test_a_single_json_object_with_a_text_is_one_line(tmp_path: Path) -> None:
    assert [u.text for u in utterances(opened(tmp_path, '{"text": "一つだけ"}\n'))] == ["一つだけ"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("text,speaker\nねむい,ハル,余り\n", "mine, line 2: expected 2 columns (text, speaker), not 3"),
        ("text,said_at\nねむい,昨日\n", "mine, line 2: expected said_at as 2024-04-30T21:15:00+09:00"),
        ('{"text": "一"}\n{"text": \n', "mine, line 2: expected one JSON object per line"),
        ('{"text": "一"}\n{"body": "二"}\n', 'mine, line 2: expected an object with "text"'),
        ('[{"unknown": 1}]', "this JSON is none"),
        ('{"replayChatItemAction": {}}\n{"replayChatItemAction": {}}\n', 'line 1: expected an object with "text"'),
        ('{"text": "一"}\n[1]\n', "mine, line 2: expected one JSON object per line"),
    ],
)
def test_a_broken_table_names_its_line(tmp_path: Path, content: str, sentence: str) -> None:
    with pytest.raises(BrokenSource) as error:
        opened(tmp_path, content)
    assert sentence in str(error.value)


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(BrokenSource, match="gone: expected a file that can be read"):
        open_source(tmp_path / "gone", "gone")
