"""Writes small exports of every format, with invented people, for the tests of `train`."""

import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

OWNER_ID = "900000000000000001"
FIRST_ID = 1656000000000000000


def tweet(number: int, text: str, **fields: Any) -> dict[str, Any]:
    """One tweet as the archive writes it since 2022: everything is a string. ``number`` orders the tweets."""
    return {
        "edit_info": {"initial": {"editTweetIds": [str(FIRST_ID + number)], "editsRemaining": "5"}},
        "retweeted": False,
        "source": '<a href="http://twitter.com/download/iphone" rel="nofollow">Twitter for iPhone</a>',
        "entities": {"hashtags": [], "urls": []},
        "favorite_count": "3",
        "id_str": str(FIRST_ID + number),
        "id": str(FIRST_ID + number),
        "created_at": f"Wed May 10 {15 + number // 3600:02}:{number // 60 % 60:02}:{number % 60:02} +0000 2023",
        "full_text": text,
        "lang": "ja",
    } | fields


def ytd(part: str, entries: Sequence[Any], number: int = 0, tail: str = "") -> str:
    """A file of the archive: JSON behind an assignment."""
    return f"window.YTD.{part}.part{number} = {json.dumps(entries, ensure_ascii=False, indent=2)}{tail}"


def tweets_js(texts: Sequence[str], part: str = "tweets") -> str:
    return ytd(part, [{"tweet": tweet(number, text)} for number, text in enumerate(texts)])


def account_js(username: str = "haru_invented") -> str:
    return ytd("account", [{"account": {"username": username, "accountId": OWNER_ID, "accountDisplayName": "ハル"}}])


def zip_file(path: Path, files: Mapping[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def folder(path: Path, files: Mapping[str, str]) -> Path:
    for name, content in files.items():
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")
    return path


def text_file(path: Path, text: str, encoding: str = "utf-8", newline: str = "\n") -> Path:
    path.write_bytes(text.replace("\n", newline).encode(encoding))
    return path


ROLLING_VTT = """WEBVTT
Kind: captions
Language: ja

00:00:00.480 --> 00:00:02.310 align:start position:0%
~
今日は<00:00:00.960><c>ラーメン</c><00:00:01.400><c>の</c><00:00:01.600><c>話</c>

00:00:02.310 --> 00:00:02.320 align:start position:0%
今日はラーメンの話
~

00:00:02.320 --> 00:00:04.630 align:start position:0%
今日はラーメンの話
を<00:00:02.800><c>します</c>

00:00:04.630 --> 00:00:04.640 align:start position:0%
をします
~

00:00:07.000 --> 00:00:09.000 align:start position:0%
をします
えーと<00:00:07.300><c>味噌</c><00:00:07.600><c>が</c><00:00:07.800><c>好き</c>

00:00:09.000 --> 00:00:09.010 align:start position:0%
えーと味噌が好き
~

00:00:09.010 --> 00:00:11.000 align:start position:0%
えーと味噌が好き
[音楽]
""".replace("~\n", " \n")
"""As yt-dlp writes automatic captions; lines that hold one space stand here as ~."""

MANUAL_VTT = """WEBVTT - 学園祭の対談

NOTE ここは覚え書き
00:00 --> は時刻ではない

STYLE
::cue { color: red }

1
00:01.000 --> 00:02.500
<v 春野 ハル>今日は<i>天気</i>がいいですね</v>

cue-2
00:00:02.500 --> 00:00:05.000 line:0
<v 聞き手>趣味は何ですか？</v>

00:00:05.000 --> 00:00:08.000
<v 春野 ハル>麻雀とラーメン&amp;銭湯かな</v>
"""

NAMED_VTT = """WEBVTT

00:00:01.000 --> 00:00:03.000
（聞き手）最近どうですか？

00:00:03.000 --> 00:00:05.000
（ハル）ずっと寝てたわ
布団が好きすぎる

00:00:05.000 --> 00:00:06.000
- （聞き手）えっ？
- （ハル）ほんとほんと
"""

SRT = """1
00:00:01,000 --> 00:00:02,500
<i>昨日の</i>{\\an8}麻雀で
役満あがったんだよね

2
00:00:04,000 --> 00:00:05,000
人生で初めてだわ
"""

JSON3 = {
    "wireMagic": "pb3",
    "pens": [{}],
    "events": [
        {"tStartMs": 0, "dDurationMs": 600000, "id": 1, "wpWinPosId": 1},
        {
            "tStartMs": 480,
            "dDurationMs": 4150,
            "segs": [{"utf8": "今日は"}, {"utf8": "ラーメン", "tOffsetMs": 480}, {"utf8": "の話", "tOffsetMs": 900}],
        },
        {"tStartMs": 2310, "dDurationMs": 2320, "aAppend": 1, "segs": [{"utf8": "\n"}]},
        {
            "tStartMs": 2320,
            "dDurationMs": 4000,
            "segs": [{"utf8": "を"}, {"utf8": "します", "tOffsetMs": 200}],
        },
        {"tStartMs": 8000, "dDurationMs": 2000, "segs": [{"utf8": "味噌が"}, {"utf8": "一番好き", "tOffsetMs": 300}]},
    ],
}

SRV1 = """<?xml version="1.0" encoding="utf-8" ?><transcript>
<text start="0.5" dur="2.3">ラーメン&amp;amp;銭湯が好きです</text>
<text start="5.1" dur="2">It&amp;#39;s だいたい土日に行くわ</text>
</transcript>
"""

TRANSCRIPT_API = [
    {"text": "ラーメンと銭湯が好きです", "start": 0.5, "duration": 4.0},
    {"text": "だいたい土日に行くわ", "start": 3.1, "duration": 2.0},
]

WHISPER = {
    "text": "今日は麻雀の話をします",
    "language": "ja",
    "segments": [
        {
            "id": 0,
            "start": 0.0,
            "end": 2.0,
            "text": "今日は麻雀の話をします",
            "avg_logprob": -0.2,
            "no_speech_prob": 0.01,
        },
        {"id": 1, "start": 5.0, "end": 6.0, "text": "ごにょごにょした声", "avg_logprob": -0.9, "no_speech_prob": 0.8},
        {"id": 2, "start": 8.0, "end": 9.0, "text": "あああああああ", "compression_ratio": 3.1},
        {"id": 3, "start": 10.0, "end": 11.0, "text": "ご視聴ありがとうございました", "avg_logprob": -0.3},
        {"id": 4, "start": 20.0, "end": 21.0, "text": "ご視聴ありがとうございました", "avg_logprob": -0.3},
        {"id": 5, "start": 30.0, "end": 31.0, "text": "役満は気持ちいいよ", "avg_logprob": -0.3},
    ],
}

LINE_MOBILE_JA = """[LINE] 夏目みのりとのトーク履歴
保存日時：2024/05/01 22:13

2024/04/30(火)
9:05\t夏目みのり\t明日の集合って何時？
9:07\t春野ハル\t10時だよ〜
09:08\t春野ハル\t"持ち物は
タオルと""飲み物""
以上！"
9:09\t夏目みのり\t[スタンプ]
9:10\t春野ハル\t[写真]
9:11\t\t夏目みのりがメッセージの送信を取り消しました
9:12\t春野ハルがグループに参加しました
21:30\t夏目みのり\t☎ 通話時間 3:21

2024/05/01(水)
午前9:05\t夏目みのり\t今日は楽しかったね
午後12:40\t春野ハル\tまた行こうぜ
次は温泉もあり
"""

LINE_PC_JA = """2024.04.30 火曜日
09:05 夏目 みのり 明日の集合って何時？
09:07 ハル 10時だよ〜
09:08 夏目 みのり 了解です
09:09 ハル 遅れるなよ
09:10 夏目 みのり スタンプ
09:11 ハルがメッセージの送信を取り消しました
2024.05.01 水曜日
10:20 ハル 着いたぞー
改札の前にいる
"""

LINE_MOBILE_EN = """[LINE] Chat history with Minori
Saved on: 5/1/2024, 22:13

Tue, 30/04/2024
09:05AM\tMinori\t明日の集合って何時？
9:30 PM\tHaru\t10時だよ〜
9:31 PM\tMinori\t[Sticker]
9:32 PM\t\tYou unsent a message.

Wed, 01/05/2024
00:10\tHaru\tまだ起きてる？
"""
