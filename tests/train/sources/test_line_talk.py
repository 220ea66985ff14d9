"""A LINE talk history of any phone or PC becomes messages with name and time."""

from pathlib import Path

import pytest

from tests.train import exports
from tests.train.exports import text_file
from train.sources.detect import Source, open_source
from train.sources.document import BrokenSource
from train.utterance import Dropped, Utterance

HEAD = "[LINE] Mとのトーク履歴\n保存日時：x\n\n"


def opened(tmp_path: Path, content: str, **how: str) -> Source:
    return open_source(text_file(tmp_path / "no_hint.dat", content, **how), "line.txt")


def said(source: Source) -> list[tuple[str | None, str, str]]:
    return [
        (item.speaker, item.said_at.strftime("%m/%d %H:%M") if item.said_at else "", item.text)
        for item in source.items
        if isinstance(item, Utterance)
    ]


def reasons(source: Source) -> list[str]:
    return [item.reason for item in source.items if isinstance(item, Dropped)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_japanese_phone_export_is_read(tmp_path: Path, encoding: str, newline: str) -> None:
    content = exports.LINE_MOBILE_JA.replace("☎ 通話時間 3:21", "[動画]").replace("〜", "ー")
    source = opened(tmp_path, content, encoding=encoding, newline=newline)
    assert source.format == "line-talk"
    assert said(source) == [
        ("夏目みのり", "04/30 09:05", "明日の集合って何時？"),
        ("春野ハル", "04/30 09:07", "10時だよー"),
        ("春野ハル", "04/30 09:08", '持ち物は\nタオルと"飲み物"\n以上！'),
        ("夏目みのり", "05/01 09:05", "今日は楽しかったね"),
        ("春野ハル", "05/01 12:40", "また行こうぜ\n次は温泉もあり"),
    ]


def test_stickers_calls_and_system_rows_are_dropped_with_their_reason(tmp_path: Path) -> None:
    source = opened(tmp_path, exports.LINE_MOBILE_JA)
    assert reasons(source) == ["placeholder", "placeholder", "system", "system", "placeholder"]


def test_an_english_phone_export_tells_day_and_month_by_the_weekday(tmp_path: Path) -> None:
    source = opened(tmp_path, exports.LINE_MOBILE_EN)
    assert said(source) == [
        ("Minori", "04/30 09:05", "明日の集合って何時？"),
        ("Haru", "04/30 21:30", "10時だよ〜"),
        ("Haru", "05/01 00:10", "まだ起きてる？"),
    ]
    assert reasons(source) == ["placeholder", "system"]


def test_month_first_dates_are_told_from_day_first_ones_by_the_whole_file(tmp_path: Path) -> None:
    content = "[LINE] Chat history with M\nSaved on: x\n"
    content += "\nFri, 3/1/2024\n9:00\tM\tおはよう\n\nSat, 3/30/2024\n9:00\tM\t土曜だね\n"
    assert [at for _, at, _ in said(opened(tmp_path, content))] == ["03/01 09:00", "03/30 09:00"]


@pytest.mark.parametrize(
    "header",
    [
        "2020/12/31(Thu)",
        "2020.12.31 Thursday",
        "2020.12.31 木曜日",
        "2020年12月31日(木)",
        "Thu, 31/12/2020",
        "Thu, 12/31/2020",
    ],
)
def test_every_date_line_is_known(tmp_path: Path, header: str) -> None:
    content = f"[LINE] Minoriとのトーク履歴\n保存日時：2021/01/01 00:00\n\n{header}\n9:00\tM\tおはよう\n"
    assert said(opened(tmp_path, content)) == [("M", "12/31 09:00", "おはよう")]


def test_a_pc_export_finds_names_with_spaces_by_what_rows_repeat(tmp_path: Path) -> None:
    source = opened(tmp_path, exports.LINE_PC_JA)
    assert said(source) == [
        ("夏目 みのり", "04/30 09:05", "明日の集合って何時？"),
        ("ハル", "04/30 09:07", "10時だよ〜"),
        ("夏目 みのり", "04/30 09:08", "了解です"),
        ("ハル", "04/30 09:09", "遅れるなよ"),
        ("夏目 みのり", "04/30 09:10", "スタンプ"),
        ("ハル", "05/01 10:20", "着いたぞー\n改札の前にいる"),
    ]
    assert reasons(source) == ["system"]


def test_an_open_quote_does_not_swallow_the_messages_below(tmp_path: Path) -> None:
    content = HEAD + '2024/04/30(火)\n9:00\tM\t"やば\n9:01\tハル\tどした\n9:02\tM\t"二行の\n話"\n'
    assert [text for _, _, text in said(opened(tmp_path, content))] == ['"やば', "どした", "二行の\n話"]


def test_a_date_inside_a_message_is_just_text(tmp_path: Path) -> None:
    content = HEAD + "2024/04/30(火)\n9:00\tM\t締切は\n2024/05/02(木)\nだよね\n9:01\tハル\tそう\n"
    source = opened(tmp_path, content)
    assert said(source)[0][2] == "締切は\n2024/05/02(木)\nだよね"
    assert said(source)[1][1] == "04/30 09:01"


def test_a_talk_falls_into_threads_at_long_silences(tmp_path: Path) -> None:
    threads = [item.thread for item in opened(tmp_path, exports.LINE_MOBILE_JA).items if isinstance(item, Utterance)]
    assert threads[0] == threads[1] == threads[2] != threads[3] != threads[4]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (HEAD + "9:00\tM\tおはよう\n", "line.txt, line 4: expected a date line"),
        (
            "[LINE] Mとのトーク履歴\n保存日時：x\n\n2024/02/31(土)\n9:00\tM\tおはよう\n",
            "line.txt, line 4: expected a date that exists",
        ),
        (
            "[LINE] Mとのトーク履歴\n保存日時：x\n\n2024/02/03(土)\n29:00\tM\tおはよう\n",
            "line.txt, line 5: expected a time between",
        ),
        ("[LINE] Mとのトーク履歴\n保存日時：x\n", "expected messages such as"),
    ],
)
def test_a_broken_export_names_its_line(tmp_path: Path, content: str, sentence: str) -> None:
    with pytest.raises(BrokenSource) as error:
        opened(tmp_path, content)
    assert sentence in str(error.value)


@pytest.mark.parametrize(
    ("content", "messages"),
    [
        (
            '[LINE] "麻雀部"のトーク履歴\n保存日時：x\n\n2024/04/30(火)\n'
            "9:05\tハル\tおはよう\n9:06\tみのりが写真を追加しました\n",
            [("ハル", "04/30 09:05", "おはよう")],
        ),
        (
            "[LINE] Chat history with M\nSaved on: x\n\n2024/04/30 (Tue)\n"
            "PM 9:05\tハル\tおはよう\n12:10 AM\tハル\t寝る\n",
            [("ハル", "04/30 21:05", "おはよう"), ("ハル", "04/30 00:10", "寝る")],
        ),
        (
            "2024.04.30 Tuesday\n09:05 Minori おはよ\n09:06 Haru Tanaka やあ\n"
            "09:07 Haru Tanaka 元気\n09:08 Minori [Sticker]\n",
            [
                ("Minori", "04/30 09:05", "おはよ"),
                ("Haru Tanaka", "04/30 09:06", "やあ"),
                ("Haru Tanaka", "04/30 09:07", "元気"),
            ],
        ),
    ],
    ids=["group", "twelve hours", "English PC"],
)
def test_groups_twelve_hour_clocks_and_english_pcs_are_read(
    tmp_path: Path, content: str, messages: list[tuple[str, str, str]]
) -> None:
    assert said(opened(tmp_path, content)) == messages
