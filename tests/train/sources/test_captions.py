"""Captions of every kind become utterances, each said once, by whoever said it."""

import json
from pathlib import Path

import pytest

from tests.train import exports
from tests.train.exports import text_file
from train.sources.detect import Source, open_source
from train.sources.document import BrokenSource
from train.utterance import Dropped, Utterance


def opened(tmp_path: Path, content: str, **how: str) -> Source:
    return open_source(text_file(tmp_path / "no_hint.dat", content, **how), "talk")


def said(source: Source) -> list[tuple[str | None, str]]:
    return [(item.speaker, item.text) for item in source.items if isinstance(item, Utterance)]


def texts(source: Source) -> list[str]:
    return [text for _, text in said(source)]


def reasons(source: Source) -> list[str]:
    return [item.reason for item in source.items if isinstance(item, Dropped)]


def test_rolling_captions_are_read_once_and_cut_at_pauses(tmp_path: Path) -> None:
    source = opened(tmp_path, exports.ROLLING_VTT)
    assert source.format == "vtt"
    assert texts(source) == ["今日はラーメンの話をします", "味噌が好き"]
    assert reasons(source) == ["noise"]


def test_a_word_really_said_twice_in_rolling_captions_stays_twice(tmp_path: Path) -> None:
    first = "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nはい<00:00:01.500><c>はい</c>\n\n"
    second = "00:00:03.500 --> 00:00:04.000\nはいはい\nはい<00:00:03.700><c>はい</c>\n"
    assert texts(opened(tmp_path, first + second)) == ["はいはい", "はいはい"]


def test_voices_of_written_captions_are_speakers(tmp_path: Path) -> None:
    source = opened(tmp_path, exports.MANUAL_VTT)
    assert said(source) == [
        ("春野 ハル", "今日は天気がいいですね"),
        ("聞き手", "趣味は何ですか？"),
        ("春野 ハル", "麻雀とラーメン&銭湯かな"),
    ]


def test_names_in_brackets_and_dashes_are_speakers(tmp_path: Path) -> None:
    assert said(opened(tmp_path, exports.NAMED_VTT)) == [
        ("聞き手", "最近どうですか？"),
        ("ハル", "ずっと寝てたわ布団が好きすぎる"),
        ("聞き手", "えっ？"),
        ("ハル", "ほんとほんと"),
    ]


def test_a_dash_without_a_name_begins_another_utterance(tmp_path: Path) -> None:
    cues = "WEBVTT\n\n00:01.000 --> 00:03.000\n- 眠いんだけど\n- 寝なよ\n"
    assert texts(opened(tmp_path, cues)) == ["眠いんだけど", "寝なよ"]


def labelled(*lines: str) -> str:
    cues = (f"00:{2 * n:02}.000 --> 00:{2 * n + 1:02}.900\n{line}\n" for n, line in enumerate(lines))
    return "WEBVTT\n\n" + "\n".join(cues)


@pytest.mark.parametrize("colon", ["：", ": ", " : "])
@pytest.mark.parametrize(
    "names", [("後輩", "蒼井"), ("SPEAKER_00", "SPEAKER_01"), ("春野 ハル", "Speaker 2"), ("[SPEAKER_00]", "[蒼井]")]
)
def test_names_before_a_colon_are_speakers(tmp_path: Path, colon: str, names: tuple[str, str]) -> None:
    asks, answers = (name + colon for name in names)
    cues = labelled(f"{asks}季節は？", f"{answers}冬！", "寒いけど空がきれい", f"{asks}夜は？\n{answers}寝てるわ")
    first, second = (name.strip("[]") for name in names)
    assert said(opened(tmp_path, cues)) == [
        (first, "季節は？"),
        (second, "冬！寒いけど空がきれい"),
        (first, "夜は？"),
        (second, "寝てるわ"),
    ]


def test_names_before_a_colon_are_known_in_every_form_of_written_captions(tmp_path: Path) -> None:
    texts = ["後輩：季節は？\n蒼井：冬！", "寒いけど空がきれい", "後輩：夜は？", "蒼井：寝てるわ"]
    events = [{"tStartMs": 1000 * n, "dDurationMs": 1000, "segs": [{"utf8": text}]} for n, text in enumerate(texts)]
    entries = [{"text": text, "start": n, "duration": 1.0} for n, text in enumerate(texts)]
    xml = "".join(f'<text start="{n}" dur="1">{text}</text>' for n, text in enumerate(texts))
    for content in (
        json.dumps({"wireMagic": "pb3", "events": events}),
        json.dumps(entries),
        f"<transcript>{xml}</transcript>",
    ):
        assert said(opened(tmp_path, content)) == [
            ("後輩", "季節は？"),
            ("蒼井", "冬！寒いけど空がきれい"),
            ("後輩", "夜は？"),
            ("蒼井", "寝てるわ"),
        ]


def test_a_word_before_a_colon_that_does_not_come_again_is_no_speaker(tmp_path: Path) -> None:
    lines = ["今日は寒いね。", "合言葉：星は昼にもある。", "朝6:30に起きた。", "https://example.com は便利。"]
    assert said(opened(tmp_path, labelled(*lines))) == [(None, line) for line in lines]


def test_a_remark_before_a_colon_is_part_of_what_a_speaker_says(tmp_path: Path) -> None:
    cues = labelled("後輩：季節は？", "蒼井：冬！", "注意：夜は寒い", "後輩：昼は？", "蒼井：寝てる")
    assert said(opened(tmp_path, cues))[1] == ("蒼井", "冬！注意：夜は寒い")


def test_a_label_that_comes_once_among_speakers_leaves_nobody(tmp_path: Path) -> None:
    cues = labelled("後輩：季節は？", "蒼井：冬！", "店員：ご注文は？", "後輩：麦茶", "もう一つ", "蒼井：俺も")
    assert said(opened(tmp_path, cues))[2] == (None, "店員：ご注文は？")


def test_sounds_in_brackets_are_no_speakers(tmp_path: Path) -> None:
    cues = "WEBVTT\n\n00:01.000 --> 00:03.000\n（拍手）ありがとうございます\n\n00:05.000 --> 00:06.000\n[音楽]\n"
    source = opened(tmp_path, cues)
    assert said(source) == [(None, "ありがとうございます")]
    assert reasons(source) == ["noise"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_subrip_is_read_in_every_encoding(tmp_path: Path, encoding: str, newline: str) -> None:
    source = opened(tmp_path, exports.SRT, encoding=encoding, newline=newline)
    assert source.format == "srt"
    assert texts(source) == ["昨日の麻雀で役満あがったんだよね", "人生で初めてだわ"]


def test_json3_joins_words_and_is_cut_at_pauses(tmp_path: Path) -> None:
    source = opened(tmp_path, json.dumps(exports.JSON3))
    assert source.format == "youtube-json3"
    assert texts(source) == ["今日はラーメンの話をします", "味噌が一番好き"]


def test_srv1_is_unescaped_twice(tmp_path: Path) -> None:
    source = opened(tmp_path, exports.SRV1)
    assert source.format == "youtube-srv1"
    assert texts(source) == ["ラーメン&銭湯が好きです", "It's だいたい土日に行くわ"]


def test_the_list_of_youtube_transcript_api_is_read(tmp_path: Path) -> None:
    source = opened(tmp_path, json.dumps(exports.TRANSCRIPT_API, ensure_ascii=False))
    assert source.format == "youtube-transcript-api"
    assert texts(source) == ["ラーメンと銭湯が好きです", "だいたい土日に行くわ"]


def test_what_whisper_invents_on_silence_is_dropped(tmp_path: Path) -> None:
    source = opened(tmp_path, json.dumps(exports.WHISPER, ensure_ascii=False))
    assert source.format == "whisper"
    assert texts(source) == ["今日は麻雀の話をします", "役満は気持ちいいよ"]
    assert reasons(source) == ["hallucination"] * 4


def test_a_farewell_said_once_is_kept(tmp_path: Path) -> None:
    segments = [{"start": 0, "end": 2, "text": "ご視聴ありがとうございました"}]
    assert texts(opened(tmp_path, json.dumps({"segments": segments}))) == ["ご視聴ありがとうございました"]


def test_a_phrase_in_a_loop_is_kept_twice_at_most(tmp_path: Path) -> None:
    segments = [{"start": at, "end": at + 1, "text": "そうですね本当に"} for at in range(0, 20, 2)]
    source = opened(tmp_path, json.dumps({"segments": segments}))
    assert len(texts(source)) == 2 and reasons(source) == ["hallucination"] * 8


def test_speakers_of_whisperx_may_be_missing(tmp_path: Path) -> None:
    segments = [
        {"start": 0.0, "end": 2.0, "text": "今日はどうでした？", "speaker": "SPEAKER_00"},
        {"start": 2.0, "end": 3.0, "text": "楽しかったよ", "speaker": "SPEAKER_01", "words": [{"word": "楽"}]},
        {"start": 3.0, "end": 4.0, "text": "誰の声かな"},
    ]
    assert said(opened(tmp_path, json.dumps({"segments": segments}))) == [
        ("SPEAKER_00", "今日はどうでした？"),
        ("SPEAKER_01", "楽しかったよ"),
        (None, "誰の声かな"),
    ]


def test_whisper_cpp_and_tsv_count_in_milliseconds(tmp_path: Path) -> None:
    entries = [{"timestamps": {}, "offsets": {"from": 61500, "to": 63000}, "text": " 麻雀の話だよ"}]
    cpp = opened(tmp_path, json.dumps({"systeminfo": "", "transcription": entries}))
    tsv = opened(tmp_path, "start\tend\ttext\n61500\t63000\t麻雀の話だよ\n")
    for source in (cpp, tsv):
        (utterance,) = source.items
        assert isinstance(utterance, Utterance)
        assert (utterance.text, utterance.locator) == ("麻雀の話だよ", "00:01:01.500")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            exports.MANUAL_VTT.replace("00:00:05.000 --> 00:00:08.000", "00:00:0x --> 00:00:08"),
            "talk, line 17: expected times",
        ),
        (exports.SRT.replace("00:00:04,000", "4 seconds"), "talk, line 7: expected times like 00:00:01,000"),
        (json.dumps(exports.JSON3, indent=1)[:-20], "expected JSON"),
        (json.dumps(exports.JSON3).replace("tStartMs", "t"), "json3 events with tStartMs"),
        (exports.SRV1.replace("</transcript>", ""), "XML that is whole"),
        (exports.SRV1.replace('start="5.1"', ""), "srv1 texts such as"),
        (json.dumps(exports.WHISPER).replace('"end"', '"stop"'), "Whisper segments with start, end and text"),
        ("start\tend\ttext\n12\tsoon\t話\n", "talk, line 2: expected start and end in milliseconds"),
        ('{"automatic_captions": {}}', "this JSON is none"),
        ("<html><body>not captions</body></html>", "this markup is none"),
        ("  \n\n", "the file is empty"),
    ],
)
def test_a_broken_file_names_what_was_expected(tmp_path: Path, content: str, sentence: str) -> None:
    with pytest.raises(BrokenSource) as error:
        opened(tmp_path, content)
    assert sentence in str(error.value)


def test_bytes_that_are_no_text_name_their_line(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes("一行目\n".encode() + b"\x80\xff\xfe\x00\x01")
    with pytest.raises(BrokenSource, match="binary, line 2: expected text in UTF-8 or cp932"):
        open_source(tmp_path / "binary", "binary")
