"""Translates a LINE message into words every platform shares, and keeps what its answer will need.

Knows events and addressing. Does not know the inbox, and does not send.
"""

import json
from dataclasses import asdict, dataclass

from bot.message import IncomingMessage, Platform
from bot.platforms.line.events import Event, Mention, Message, Source
from bot.platforms.line.sending import Sticker
from bot.platforms.line.stickers import answer_to, shown_by


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyTo:
    """What LINE wants to see again: a token that is good once, in groups what to quote, and what marks as read.

    ``sticker`` is sent along with the answer.
    """

    token: str
    quote_token: str | None = None
    read_token: str | None = None
    sticker: Sticker | None = None

    def encode(self) -> str:
        """Return it as ``IncomingMessage.reply_to``."""
        return json.dumps(asdict(self))

    @classmethod
    def decode(cls, reply_to: str | None) -> "ReplyTo | None":
        """Return what ``encode`` wrote."""
        if not reply_to:
            return None
        fields = json.loads(reply_to)
        sticker = fields.pop("sticker", None)
        return cls(**fields, sticker=Sticker(**sticker) if sticker else None)


def translate(event: Event, *, is_quoting_us: bool, admin_ids: tuple[str, ...]) -> IncomingMessage | None:
    """Return the message, or None where there is nothing to read or no way to answer.

    An administrator is known in 1:1 chats only, where LINE always says who writes.
    """
    match event:
        case Event(content=Message() as message, source=Source() as source, reply_token=str(token)):
            pass
        case _:
            return None
    if not (words := words_of(message)):
        return None
    is_mentioned = any(mention.is_self for mention in message.mentions)
    return IncomingMessage(
        platform=Platform.LINE,
        event_id=event.event_id,
        conversation_id=source.chat_id,
        author_id=source.author_id or f"{source.chat_id}:anonymous",
        text=words,
        sent_at=event.at,
        is_direct=source.is_direct,
        is_addressed=source.is_direct or is_mentioned or is_quoting_us,
        is_admin=source.is_direct and source.author_id in admin_ids,
        message_id=message.message_id,
        quoted_id=message.quoted_id,
        reply_to=ReplyTo(
            token=token,
            quote_token=None if source.is_direct else message.quote_token,
            read_token=message.mark_as_read_token,
            sticker=answer_to(message.keywords, event.event_id),
        ).encode(),
    )


def words_of(message: Message) -> str:
    """Return what the author said to us: the text without our own name, or what a sticker shows."""
    if message.kind == "sticker":
        shown = shown_by(message.text, message.keywords)
        return f"（スタンプ：{shown}）" if shown else "（スタンプ）"
    return _without(message.text, [mention for mention in message.mentions if mention.is_self]) or message.text


def _without(text: str, mentions: list[Mention]) -> str:
    """Cut mentions out of ``text``; spans are in UTF-16 units, and one that does not begin with ＠ is left alone."""
    encoded = text.encode("utf-16-le")
    for mention in sorted(mentions, key=lambda mention: -mention.start):
        start, end = 2 * mention.start, 2 * (mention.start + mention.length)
        if encoded[start : start + 2].decode("utf-16-le", "replace") in ("@", "＠"):
            encoded = encoded[:start] + encoded[end:]
    return encoded.decode("utf-16-le", "replace").strip()
