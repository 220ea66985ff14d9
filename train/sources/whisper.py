"""Reads what Whisper and its relatives write: openai-whisper, faster-whisper, whisperX, whisper.cpp, and TSV.

Knows what Whisper invents on silence. Does not know where an utterance ends.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from train.sources.document import Document, Item
from train.sources.transcript import Piece, clock, utterances
from train.utterance import Dropped

MAX_NO_SPEECH_PROB = 0.6
MIN_AVG_LOGPROB = -0.6
MAX_COMPRESSION_RATIO = 2.4
MAX_REPEATS = 2
"""The same segment more often than this without a pause of other words is a loop."""
BOILERPLATE = re.compile(
    r"(?:最後まで)?ご(?:視聴|清聴)(?:いただき)?(?:誠に|本当に)?ありがとうございま(?:した|す)|(?:チャンネル|高評価|グッド).{0,12}(?:登録|評価).{0,6}お願い(?:いた)?します"
    r"|おやすみなさい|(?:次|また)の動画でお会いしましょう|字幕.{0,12}(?:作成|提供).{0,12}|Thanks? (?:you )?for watching"
)
"""What Whisper says on silence; dropped when it says it more than once."""
_TSV_HEAD = "start\tend\ttext"
_MARKS = re.compile(r"[\s。、！!？?.,]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    text: str
    start_s: float
    end_s: float
    speaker: str | None = None
    is_unsure: bool = False


def is_whisper(document: Document) -> bool:
    value = document.json_or_none()
    if isinstance(value, dict):
        return isinstance(value.get("transcription"), list) or isinstance(value.get("segments"), list)
    return (
        isinstance(value, list)
        and bool(value)
        and isinstance(value[0], dict)
        and {"start", "end", "text"} <= value[0].keys()
    )


def is_whisper_tsv(document: Document) -> bool:
    return document.lines[0].strip() == _TSV_HEAD


def read_whisper(document: Document) -> Iterator[Item]:
    """Raises BrokenSource when a segment has no time or no text."""
    value = document.json()
    try:
        if isinstance(value, dict) and "transcription" in value:
            segments = [_cpp_segment(entry) for entry in value["transcription"]]
        else:
            segments = [_segment(entry) for entry in (value["segments"] if isinstance(value, dict) else value)]
    except (KeyError, TypeError, ValueError, AttributeError):
        raise document.broken(None, "Whisper segments with start, end and text") from None
    return _spoken(document, segments)


def read_whisper_tsv(document: Document) -> Iterator[Item]:
    """Raises BrokenSource with the line that has not three columns."""
    segments = []
    for number, line in list(document.numbered_lines())[1:]:
        columns = line.split("\t", 2)
        if len(columns) < 3 or not columns[0].isdecimal() or not columns[1].isdecimal():
            raise document.broken(number, "start and end in milliseconds and a text, with tabs between")
        segments.append(Segment(text=columns[2], start_s=int(columns[0]) / 1000, end_s=int(columns[1]) / 1000))
    return _spoken(document, segments)


def _segment(entry: dict[str, Any]) -> Segment:
    return Segment(
        text=str(entry["text"]).strip(),
        start_s=float(entry["start"]),
        end_s=float(entry["end"]),
        speaker=entry.get("speaker"),
        is_unsure=_is_unsure(entry),
    )


def _is_unsure(entry: dict[str, Any]) -> bool:
    is_silence = entry.get("no_speech_prob", 0) > MAX_NO_SPEECH_PROB and entry.get("avg_logprob", 0) < MIN_AVG_LOGPROB
    return bool(is_silence or entry.get("compression_ratio", 0) > MAX_COMPRESSION_RATIO)


def _cpp_segment(entry: dict[str, Any]) -> Segment:
    offsets = entry["offsets"]
    return Segment(text=str(entry["text"]).strip(), start_s=offsets["from"] / 1000, end_s=offsets["to"] / 1000)


def _spoken(document: Document, segments: Sequence[Segment]) -> Iterator[Item]:
    invented = _invented(segments)
    yield from utterances(
        document,
        (
            Piece(text=s.text, start_s=s.start_s, end_s=s.end_s, speaker=s.speaker, is_cue=True)
            for position, s in enumerate(segments)
            if position not in invented
        ),
    )
    for position in sorted(invented):
        segment = segments[position]
        said = document.utterance(clock(segment.start_s), segment.text, speaker=segment.speaker)
        yield Dropped(said, "hallucination")


def _invented(segments: Sequence[Segment]) -> set[int]:
    """Return the positions of segments that nobody spoke."""
    words = [_MARKS.sub("", segment.text) for segment in segments]
    times = Counter(words)
    invented = {position for position, segment in enumerate(segments) if segment.is_unsure}
    run = 0
    for position, text in enumerate(words):
        run = run + 1 if position and text == words[position - 1] else 1
        if run > MAX_REPEATS or (times[text] > 1 and BOILERPLATE.fullmatch(text)):
            invented.add(position)
    return invented
