"""Reads caption files: WebVTT, written by people or rolling along automatically, and SubRip.

webvtt finds the cues; this module knows what stands in them: voices, speakers in brackets or before a colon, dashes,
word times, and the lines that automatic captions repeat. Does not know where an utterance ends.
"""

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import webvtt

from train.sources.document import Document, Item
from train.sources.labels import Labels, find_labels
from train.sources.transcript import Piece, utterances

_VTT_TIME = r"(?:\d+:)?\d{1,2}:\d{2}\.\d{1,3}"
_SRT_TIME = r"\d+:\d{2}:\d{2}[,.]\d{1,3}"
_TIMINGS = {
    "vtt": re.compile(rf"\s*{_VTT_TIME}\s*-->\s*{_VTT_TIME}"),
    "srt": re.compile(rf"\s*{_SRT_TIME}\s*-->\s*{_SRT_TIME}"),
}
_EXAMPLE = {"vtt": "00:00:01.000 --> 00:00:02.500", "srt": "00:00:01,000 --> 00:00:02,500"}
_SRT_HEAD = re.compile(r"\s*\d+\s*\n\s*\d+:\d{2}:\d{2}[,.]\d{1,3}\s*-->")
_WORD_TIME = re.compile(r"<((?:\d+:)?\d{2}:\d{2}\.\d{3})>")
_MARKUP = re.compile(r"</?[a-zA-Z][^>]*>|<(?:\d+:)?\d{2}:\d{2}\.\d{3}>|\{\\[^}]*\}")
_VOICE = re.compile(r"<v(?:\.[^ >]*)?[ \t]+([^>]+)>")
_NAMED = re.compile(r"[（(【\[]([^（()）】\]\s]{1,12})[）)】\]]\s*[：:]?\s*(?=\S)")
_SOUND = re.compile(r"音|声|笑|拍手|歓声|音楽|沈黙|ため息|BGM|♪|して|ながら|で$|一同|全員|Music|Applause|Laughter")
_DASH = re.compile(r"\s*[-‐–—−]\s*(?=\S)")

MIN_LABELLED = 0.1
"""A turn may go on for many cues, so that few of their lines begin with a name."""
S_PER_CHAR = 0.25
"""How long a character of a word may last when only the beginning of the word is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """``text`` is as it was written, with its lines and marks."""

    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class _Turn:
    speaker: str | None
    text: str
    is_answer: bool = False


def is_vtt(document: Document) -> bool:
    return document.text.startswith("WEBVTT")


def is_srt(document: Document) -> bool:
    return bool(_SRT_HEAD.match(document.text[:200].replace("\r\n", "\n")))


def read_vtt(document: Document) -> Iterator[Item]:
    return _read(document, "vtt")


def read_srt(document: Document) -> Iterator[Item]:
    return _read(document, "srt")


def _read(document: Document, form: str) -> Iterator[Item]:
    _check_timings(document, form)
    lines = [line if line.strip() or not line else " " for line in document.lines]
    cues = webvtt.WebVTT.from_buffer([line + "\n" for line in lines], format=form)
    is_rolling = "<c>" in document.text and bool(_WORD_TIME.search(document.text))
    return utterances(document, _rolling(cues.captions) if is_rolling else written(list(map(_cue, cues.captions))))


def _check_timings(document: Document, form: str) -> None:
    is_note = False
    for number, line in enumerate(document.lines, 1):
        is_note = bool(line) and (is_note or line.startswith("NOTE"))
        if "-->" in line and not is_note and not _TIMINGS[form].match(line):
            raise document.broken(number, f"times like {_EXAMPLE[form]}")


def _cue(caption: webvtt.Caption) -> Cue:
    return Cue(text=caption.raw_text, start_s=_seconds(caption.start_time), end_s=_seconds(caption.end_time))


def written(cues: Sequence[Cue]) -> Iterator[Piece]:
    """What people wrote: the lines of a cue belong together unless a voice, a name or a dash begins a new turn."""
    labels = find_labels((line for cue in cues for line in _plain(cue.text).split("\n")), MIN_LABELLED)
    speaker: str | None = None
    for cue in cues:
        has_voices = bool(_VOICE.search(cue.text))
        turns = _voices(cue.text) if has_voices else _named_turns(cue.text, speaker, labels)
        share_s = (cue.end_s - cue.start_s) / max(len(turns), 1)
        for position, turn in enumerate(turns):
            yield Piece(
                text=turn.text,
                start_s=cue.start_s + position * share_s,
                end_s=cue.start_s + (position + 1) * share_s,
                speaker=turn.speaker,
                is_cue=True,
                is_answer=turn.is_answer,
            )
        speaker = turns[-1].speaker if turns and not has_voices else None


def _voices(raw: str) -> list[_Turn]:
    before, *rest = _VOICE.split(raw)
    turns = [_Turn(None, _plain(before))] if before.strip() else []
    turns.extend(_Turn(name.strip(), _plain(text)) for name, text in zip(rest[::2], rest[1::2], strict=True))
    return turns


def _named_turns(raw: str, speaker: str | None, labels: Labels) -> list[_Turn]:
    """``speaker`` goes on speaking until a name or a dash says otherwise."""
    turns: list[_Turn] = []
    for line in _plain(raw).split("\n"):
        dash = _DASH.match(line)
        text = line[dash.end() :] if dash else line
        heard = _bracketed(text) or labels.heard(text)
        if heard or dash:
            turns.append(_Turn(*(heard or (None, text)), is_answer=bool(dash)))
        elif turns:
            turns[-1] = replace(turns[-1], text=turns[-1].text + text)
        else:
            turns.append(_Turn(speaker, text))
    return turns


def _bracketed(text: str) -> tuple[str, str] | None:
    name = _NAMED.match(text)
    return (name[1], text[name.end() :]) if name and not _SOUND.search(name[1]) else None


def _rolling(cues: Iterable[webvtt.Caption]) -> Iterator[Piece]:
    """What was recognised: each line once, word by word. A line with word times is new, one without may be repeated."""
    last = ""
    for cue in cues:
        for line in cue.lines:
            plain = _plain(line).strip()
            if plain and (_WORD_TIME.search(line) or plain != last):
                last = plain
                yield from _words(line, _seconds(cue.start_time), _seconds(cue.end_time))


def _words(line: str, start_s: float, end_s: float) -> Iterator[Piece]:
    first, *rest = _WORD_TIME.split(line)
    texts = [_plain(first), *map(_plain, rest[1::2])]
    starts = [start_s, *map(_clock_s, rest[::2])]
    for text, begin_s, next_s in zip(texts, starts, [*starts[1:], end_s], strict=True):
        yield Piece(text=text, start_s=begin_s, end_s=min(next_s, begin_s + S_PER_CHAR * len(text.strip())))


def _plain(text: str) -> str:
    return html.unescape(_MARKUP.sub("", text))


def _seconds(time: webvtt.models.Timestamp) -> float:
    return float(time.in_milliseconds()) / 1000


def _clock_s(clock: str) -> float:
    seconds = 0.0
    for part in clock.split(":"):
        seconds = seconds * 60 + float(part)
    return seconds
