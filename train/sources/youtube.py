"""Reads the captions of YouTube that are no caption files: json3, srv1 and what youtube-transcript-api returns.

Knows how each writes time and text. Does not know where an utterance ends.
"""

import html
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from train.sources.captions import S_PER_CHAR
from train.sources.document import Document, Item
from train.sources.transcript import Piece, utterances


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
    is_recognised = any("tOffsetMs" in segment for event in events for segment in event["segs"])
    try:
        pieces = [piece for event in events for piece in _event_pieces(event, is_recognised)]
    except (KeyError, TypeError, ValueError):
        raise document.broken(None, "json3 events with tStartMs and segs[].utf8") from None
    return utterances(document, _without_overlap(pieces))


def read_srv1(document: Document) -> Iterator[Item]:
    """Raises BrokenSource with the line when the XML is broken or a text has no start."""
    try:
        root = ET.fromstring(document.text)
        pieces = [
            _cue(html.unescape(element.text or ""), float(element.attrib["start"]), float(element.get("dur", 0)))
            for element in root.iter("text")
        ]
    except ET.ParseError as error:
        raise document.broken(error.position[0], "XML that is whole") from None
    except (KeyError, ValueError):
        raise document.broken(None, 'srv1 texts such as <text start="0.5" dur="2.1">') from None
    return utterances(document, _without_overlap(pieces))


def read_transcript_list(document: Document) -> Iterator[Item]:
    """Raises BrokenSource when an entry lacks text, start or duration."""
    try:
        pieces = [_cue(entry["text"], float(entry["start"]), float(entry["duration"])) for entry in document.json()]
    except (KeyError, TypeError, ValueError):
        raise document.broken(None, "entries with text, start and duration") from None
    return utterances(document, _without_overlap(pieces))


def _has_segments(events: object) -> bool:
    return isinstance(events, list) and any(isinstance(event, dict) and "segs" in event for event in events)


def _event_pieces(event: dict[str, Any], is_recognised: bool) -> Iterator[Piece]:
    start_s = event["tStartMs"] / 1000
    if not is_recognised:
        text = "".join(segment["utf8"] for segment in event["segs"]).replace("\n", "")
        yield _cue(text, start_s, event.get("dDurationMs", 0) / 1000)
        return
    for segment in event["segs"]:
        text = segment.get("utf8", "").strip("\n")
        begin_s = start_s + segment.get("tOffsetMs", 0) / 1000
        if text:
            yield Piece(text=text, start_s=begin_s, end_s=begin_s + S_PER_CHAR * len(text.strip()))


def _cue(text: str, start_s: float, duration_s: float) -> Piece:
    return Piece(text=text.replace("\n", ""), start_s=start_s, end_s=start_s + duration_s, is_cue=True)


def _without_overlap(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Captions stay on the screen while the next one is spoken: each ends where the next begins."""
    ordered = sorted((piece for piece in pieces if piece.text.strip()), key=lambda piece: piece.start_s)
    for piece, following in zip(ordered, [*ordered[1:], None], strict=True):
        yield replace(piece, end_s=min(piece.end_s, following.start_s)) if following else piece
