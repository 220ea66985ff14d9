"""Webhook events as LINE sends them, built from the few fields a test cares about."""

import itertools
import time
from typing import Any

Json = dict[str, Any]
BOT = "U" + "b" * 32
GROUP = "C" + "c" * 32
_serial = itertools.count(1)


def author(number: int) -> str:
    """Return the user id of an invented author."""
    return f"U{number:032x}"


def user(number: int = 1) -> Json:
    """Return the source of a one-to-one chat."""
    return {"type": "user", "userId": author(number)}


def group(number: int | None = 1, group_id: str = GROUP) -> Json:
    """Return the source of a group; None: the author keeps the id to themselves."""
    return {"type": "group", "groupId": group_id} | ({"userId": author(number)} if number else {})


def event(kind: str, source: Json, **fields: Any) -> Json:
    """Return an event of any kind; ``fields`` are laid over what every event has."""
    serial = next(_serial)
    common = {
        "type": kind,
        "source": source,
        "timestamp": int(time.time() * 1000),
        "mode": "active",
        "webhookEventId": f"01HZZZZZZZZZZZZZZZZZ{serial:06d}",
        "deliveryContext": {"isRedelivery": False},
    }
    return common | fields


def message(source: Json, content: Json, **fields: Any) -> Json:
    """Return a message event that can be replied to."""
    serial = next(_serial)
    content = {"id": f"{500_000_000 + serial}", "quoteToken": f"quote-{serial}"} | content
    return event("message", source, replyToken=f"token-{serial}", message=content, **fields)


def text(source: Json, words: str, **content: Any) -> Json:
    """Return a text message; ``content`` adds fields such as quotedMessageId."""
    return message(source, {"type": "text", "text": words, **content})


def edited(original: Json, words: str, later_ms: int = 1000, **content: Any) -> Json:
    """Return the event of a message changed in a group, so long after it was sent; it may be replied to."""
    message = original["message"] | {"text": words} | content
    changed = event("messageEdited", original["source"], replyToken=f"token-{next(_serial)}", message=message)
    return changed | {"timestamp": original["timestamp"] + later_ms}


def mention(words: str, name: str, is_self: bool = True) -> Json:
    """Return the ``mention`` field of a text that mentions ``name`` once; LINE counts UTF-16 units."""
    start = len(words[: words.index(name)].encode("utf-16-le")) // 2
    spot = {"type": "user", "index": start, "length": len(name.encode("utf-16-le")) // 2, "isSelf": is_self}
    return {"mentionees": [spot]}


def sticker(source: Json, *keywords: str) -> Json:
    """Return a sticker message."""
    content = {"type": "sticker", "packageId": "1", "stickerId": "2", "stickerResourceType": "STATIC"}
    return message(source, content | {"keywords": list(keywords)})


def image(source: Json) -> Json:
    """Return an image message."""
    return message(source, {"type": "image", "contentProvider": {"type": "line"}})


def unsend(source: Json, message_id: str) -> Json:
    """Return the event that takes a message back."""
    return event("unsend", source, unsend={"messageId": message_id})


def postback(source: Json, data: str) -> Json:
    """Return the event of a pressed button."""
    return event("postback", source, replyToken=f"token-{next(_serial)}", postback={"data": data})


def follow(source: Json) -> Json:
    """Return the event of a new friend."""
    return event("follow", source, replyToken=f"token-{next(_serial)}", follow={"isUnblocked": False})


def join(group_id: str = GROUP) -> Json:
    """Return the event of the bot entering a group."""
    source = {"type": "group", "groupId": group_id}
    return event("join", source, replyToken=f"token-{next(_serial)}")


def redelivered(original: Json) -> Json:
    """Return the same event as LINE sends it again: same id, same token."""
    return original | {"deliveryContext": {"isRedelivery": True}}
