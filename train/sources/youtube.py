"""Reads the captions of YouTube that are no caption files: json3, srv1 and what youtube-transcript-api returns.

Knows how each writes time and text. Does not know where an utterance ends.
"""

import html
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, TypeVar

from train.sources.captions import S_PER_CHAR, Cue, written
from train.sources.document import Document, Item
from train.sources.transcript import Piece, utterances

Timed = TypeVar("Timed", Cue, Piece)


def is_json3(document: Document) -> bool:
    value = document.json_or_none()
    return isinstance(value, dict) and (value.get("wireMagic") == "pb3" or _has_segments(value.get("events")))


def is_srv1(document: Document) -> bool:
    return "<transcript" in document.text[:400] and document.text.lstrip().startswith("<")


def is_transcript_list(document: Document) -> bool:
    value = document.json_or_none()
    return (
        isinstance(value, list)
        and bool(value)
        and isinstance(value[0], dict)
        and {"text", "start", "duration"} <= value[0].keys()
    )


def read_json3(document: Document) -> Iterator[Item]:
    """Raises BrokenSource when an event has no time."""
    events = [event for event in document.json().get("events", []) if event.get("segs")]
    pieces: Iterable[Piece]
    is_recognised = any("tOffsetMs" in segment for event in events for segment in event["segs"])
    try:
        if is_recognised:
            pieces = _without_overlap([piece for event in events for piece in _words(event)])
        else:
            pieces = written(_without_overlap([_event_cue(event) for event in events]))
    except (KeyError, TypeError, ValueError):
        raise document.broken(None, "json3 events with tStartMs and segs[].utf8") from None
    return utterances(document, pieces)


def read_srv1(document: Document) -> Iterator[Item]:
    """Raises BrokenSource with the line when the XML is broken or a text has no start."""
    try:
        root = ET.fromstring(document.text)
        cues = [
            _cue(html.unescape(element.text or ""), float(element.attrib["start"]), float(element.get("dur", 0)))
            for element in root.iter("text")
        ]
    except ET.ParseError as error:
        raise document.broken(error.position[0], "XML that is whole") from None
    except (KeyError, ValueError):
        raise document.broken(None, 'srv1 texts such as <text start="0.5" dur="2.1">') from None
    return utterances(document, written(_without_overlap(cues)))


def read_transcript_list(document: Document) -> Iterator[Item]:
    """Raises BrokenSource when an entry lacks text, start or duration."""
    try:
        cues = [_cue(entry["text"], float(entry["start"]), float(entry["duration"])) for entry in document.json()]
    except (KeyError, TypeError, ValueError):
        raise document.broken(None, "entries with text, start and duration") from None
    return utterances(document, written(_without_overlap(cues)))


def _has_segments(events: object) -> bool:
    return isinstance(events, list) and any(isinstance(event, dict) and "segs" in event for event in events)


def _words(event: dict[str, Any]) -> Iterator[Piece]:
    for segment in event["segs"]:
        text = segment.get("utf8", "").strip("\n")
        begin_s = (event["tStartMs"] + segment.get("tOffsetMs", 0)) / 1000
        if text:
            yield Piece(text=text, start_s=begin_s, end_s=begin_s + S_PER_CHAR * len(text.strip()))


def _event_cue(event: dict[str, Any]) -> Cue:
    text = "".join(segment["utf8"] for segment in event["segs"])
    return _cue(text, event["tStartMs"] / 1000, event.get("dDurationMs", 0) / 1000)


def _cue(text: str, start_s: float, duration_s: float) -> Cue:
    return Cue(text=text, start_s=start_s, end_s=start_s + duration_s)


def _without_overlap(timed: Sequence[Timed]) -> list[Timed]:
    """Captions stay on the screen while the next one is spoken: each ends where the next begins."""
    ordered: list[Timed] = sorted((one for one in timed if one.text.strip()), key=lambda one: one.start_s)
    ends = [min(one.end_s, following.start_s) for one, following in pairwise(ordered)]
    return [replace(one, end_s=end_s) for one, end_s in zip(ordered, ends, strict=False)] + ordered[len(ends) :]
