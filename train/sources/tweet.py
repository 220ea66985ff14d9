"""Understands one tweet of an archive, in the words of every generation of the export.

Knows the fields (``full_text`` or ``text``, ``id_str`` or ``id`` or ``tweet_id``, three ways to write a time) and how
to free a text from links and leading @names. Does not know files, nor how tweets hang together.
"""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

MAX_CHARS = 140
"""A Japanese tweet cannot be longer; what is longer is pasted text in Latin letters."""

_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"
_TWITTER_TIME = re.compile(r"\w{3} (\w{3}) (\d\d) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d) (\d{4})")
_RETWEET = re.compile(r"\s*RT [@＠]\w+")
_OTHERS_WORDS = re.compile(r"\s*(?:RT|QT) ?[@＠]\w+:?.*", re.DOTALL)
_SHORT_LINK = re.compile(r"[ \t]*https?://t\.co(?:/\w*)?…?")
_LEADING_NAMES = re.compile(r"\A\s*\.?(?:[@＠][A-Za-z0-9_]{1,15}(?:\s+|$))+")
_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tweet:
    """``text`` is unescaped but still carries links and leading @names; ``versions`` are the ids of all its edits."""

    id: int
    text: str
    said_at: datetime
    reply_to: int | None = None
    versions: tuple[int, ...] = ()
    client: str = ""
    is_retweet: bool = False
    author: str | None = None

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> "Tweet":
        """Return the tweet that ``fields`` describe. Raises ValueError with the field that is missing or wrong."""
        fields = fields.get("tweet", fields)
        text = html.unescape(_field(fields, "full_text", "text"))
        return cls(
            id=_number(_field(fields, "id_str", "id", "tweet_id")),
            text=text,
            said_at=parse_time(_field(fields, "created_at", "timestamp")),
            reply_to=_optional_number(fields.get("in_reply_to_status_id_str") or fields.get("in_reply_to_status_id")),
            versions=_versions(fields.get("edit_info") or {}),
            client=_TAG.sub("", str(fields.get("source") or "")),
            is_retweet=bool(
                _RETWEET.match(text) or fields.get("retweeted_status") or fields.get("retweeted_status_id")
            ),
            author=(fields.get("user") or {}).get("screen_name"),
        )

    @property
    def own_words(self) -> str:
        """The text without t.co links, leading @names and what was quoted behind an RT."""
        return own_words(self.text)


def own_words(text: str) -> str:
    """Return ``text`` without t.co links, leading @names and what was quoted behind an RT."""
    text = _OTHERS_WORDS.sub("", text)
    return _LEADING_NAMES.sub("", _SHORT_LINK.sub("", text)).strip()


def parse_time(text: str) -> datetime:
    """Read ``Wed May 10 15:30:00 +0000 2023``, ``2013-02-08 09:12:45 +0000`` or ISO 8601; without zone it is UTC."""
    match = _TWITTER_TIME.fullmatch(text)
    if match is None:
        moment = datetime.fromisoformat(text.replace(" +", "+").replace(" -", "-"))
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    month, day, hour, minute, second, sign, off_hours, off_minutes, year = match.groups()
    offset = timedelta(hours=int(off_hours), minutes=int(off_minutes))
    local = datetime(
        int(year), _MONTHS.index(month) // 3 + 1, int(day), int(hour), int(minute), int(second), tzinfo=UTC
    )
    return local - offset if sign == "+" else local + offset


def _field(fields: Mapping[str, Any], *names: str) -> str:
    for name in names:
        if fields.get(name) not in (None, ""):
            return str(fields[name])
    raise ValueError(f"a tweet with {' or '.join(names)}")


def _number(text: str) -> int:
    if not text.isdecimal():
        raise ValueError("a tweet whose id is a number")
    return int(text)


def _optional_number(value: object) -> int | None:
    text = str(value or "")
    return int(text) if text.isdecimal() else None


def _versions(edit_info: Mapping[str, Any]) -> tuple[int, ...]:
    first = edit_info.get("initial") or (edit_info.get("edit") or {}).get("editControlInitial") or {}
    return tuple(int(version) for version in first.get("editTweetIds", ()))
