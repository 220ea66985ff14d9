"""A webhook's body as events. Lenient: what it does not know never costs the events it does know.

Knows LINE's JSON. Does not know signatures, the inbox or what an event leads to.

LINE adds fields and types without notice, so every field is read with a default, an unknown event type is an event
without content, and only an event without any id is unreadable.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

NO_FIELDS: Mapping[str, object] = {}
MAX_ID_CHARS = 100
"""LINE's ids have about 30; a longer one is nobody's, and no column of the database is made for it."""


class UnreadableBody(ValueError):
    """The body is not a webhook at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where an event happened. ``kind`` is user, group, room or something LINE invents later.

    ``author_id`` may be missing in groups: LINE sends it only with the author's consent.
    """

    kind: str
    chat_id: str
    author_id: str | None

    @property
    def is_direct(self) -> bool:
        """One author alone with the bot."""
        return self.kind == "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A span of the text, in UTF-16 units as all of LINE's counts, that mentions somebody."""

    start: int
    length: int
    is_self: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What an author sent. ``kind`` is text, sticker, image, ...; ``text`` is empty where there is none."""

    message_id: str
    kind: str
    text: str
    mentions: tuple[Mention, ...] = ()
    keywords: tuple[str, ...] = ()
    quote_token: str | None = None
    quoted_id: str | None = None
    mark_as_read_token: str | None = None


@dataclass(frozen=True, slots=True)
class Postback:
    """A button of ours was pressed; ``data`` is what we wrote on it."""

    data: str


@dataclass(frozen=True, slots=True)
class Unsend:
    """The author took a message back: it must not be seen or used any more."""

    message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One webhook event. ``event_id`` stays the same when LINE delivers it again; ``at`` is when it happened."""

    type: str
    event_id: str
    at: datetime
    is_active: bool
    is_redelivery: bool
    source: Source | None
    reply_token: str | None
    content: Message | Postback | Unsend | None


@dataclass(frozen=True, slots=True)
class Webhook:
    """The readable events of one body, oldest first, and how many could not be read."""

    events: tuple[Event, ...]
    num_unreadable: int


def parse_webhook(body: bytes, received_at: datetime) -> Webhook:
    """Read ``body``. ``received_at`` stands in for a timestamp that is missing or absurd.

    Raises UnreadableBody when the body is not UTF-8, not JSON or not an object with a list of events.
    """
    items = _decode(body).get("events")
    if not isinstance(items, list):
        raise UnreadableBody("The webhook's body has no list of events; LINE always sends one, maybe an empty one.")
    parsed = [_event(item, received_at) for item in items if isinstance(item, dict)]
    events = sorted((event for event in parsed if event), key=lambda event: event.at)
    return Webhook(tuple(events), len(items) - len(events))


def _decode(body: bytes) -> Mapping[str, object]:
    try:
        decoded = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):  # ValueError: not UTF-8, not JSON, or a number of absurd length
        raise UnreadableBody("The webhook's body is not JSON in UTF-8; LINE sends nothing else.") from None
    if not isinstance(decoded, dict):
        raise UnreadableBody("The webhook's body is not a JSON object; LINE sends nothing else.")
    return decoded


def _event(item: Mapping[str, object], received_at: datetime) -> Event | None:
    message_id = _id(_fields(item, "message"), "id")
    event_id = _id(item, "webhookEventId") or (message_id and f"message-{message_id}")
    if not event_id:
        return None
    return Event(
        type=_str(item, "type") or "unknown",
        event_id=event_id,
        at=_time(item.get("timestamp")) or received_at,
        is_active=item.get("mode") != "standby",
        is_redelivery=_fields(item, "deliveryContext").get("isRedelivery") is True,
        source=_source(_fields(item, "source")),
        reply_token=_str(item, "replyToken"),
        content=_content(item),
    )


def _source(fields: Mapping[str, object]) -> Source | None:
    kind, author_id = _str(fields, "type"), _id(fields, "userId")
    chat_id = author_id if kind == "user" else _id(fields, f"{kind}Id")
    return Source(kind=kind, chat_id=chat_id, author_id=author_id) if kind and chat_id else None


def _content(item: Mapping[str, object]) -> Message | Postback | Unsend | None:
    match item.get("type"):
        case "message" | "messageEdited":
            return _message(_fields(item, "message"))
        case "postback":
            return Postback(_str(_fields(item, "postback"), "data") or "")
        case "unsend":
            message_id = _id(_fields(item, "unsend"), "messageId")
            return Unsend(message_id) if message_id else None
        case _:
            return None


def _message(fields: Mapping[str, object]) -> Message | None:
    message_id = _id(fields, "id")
    if not message_id:
        return None
    keywords = (_clean(word) for word in _list(fields, "keywords") if isinstance(word, str))
    return Message(
        message_id=message_id,
        kind=_str(fields, "type") or "unknown",
        text=_str(fields, "text") or "",
        mentions=_mentions(_list(_fields(fields, "mention"), "mentionees")),
        keywords=tuple(keywords),
        quote_token=_str(fields, "quoteToken"),
        quoted_id=_id(fields, "quotedMessageId"),
        mark_as_read_token=_str(fields, "markAsReadToken"),
    )


def _mentions(items: Sequence[object]) -> tuple[Mention, ...]:
    mentions = []
    for item in items:
        if not isinstance(item, dict):
            continue
        start, length = _int(item, "index"), _int(item, "length")
        mentions.append(Mention(start=start, length=length, is_self=item.get("isSelf") is True))
    return tuple(mentions)


def _time(value: object) -> datetime | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    try:
        return datetime.fromtimestamp(value / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _id(fields: Mapping[str, object], key: str) -> str | None:
    value = _str(fields, key)
    return value if value and len(value) <= MAX_ID_CHARS else None


def _str(fields: Mapping[str, object], key: str) -> str | None:
    value = fields.get(key)
    return _clean(value) if isinstance(value, str) else None


def _clean(value: str) -> str:
    """Drop what no database stores: NUL, and the lone surrogates that JSON's escapes can make."""
    return value.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _int(fields: Mapping[str, object], key: str) -> int:
    value = fields.get(key)
    return value if isinstance(value, int) and value >= 0 else 0


def _fields(fields: Mapping[str, object], key: str) -> Mapping[str, object]:
    value = fields.get(key)
    return value if isinstance(value, dict) else NO_FIELDS


def _list(fields: Mapping[str, object], key: str) -> Sequence[object]:
    value = fields.get(key)
    return value if isinstance(value, list) else ()
