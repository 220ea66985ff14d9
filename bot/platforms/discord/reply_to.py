"""What the delivery of an answer has to know: the message it answers, and the interaction that asked, if one did.

Knows its own written form, ``IncomingMessage.reply_to``. Does not know how anything is sent.
"""

from dataclasses import dataclass

from bot.message import IncomingMessage

SEPARATOR = " "


@dataclass(frozen=True, slots=True)
class ReplyTo:
    """``message_id`` is Discord's; ``token`` answers an interaction for fifteen minutes."""

    message_id: int
    token: str | None = None

    def encode(self) -> str:
        """Return the written form."""
        return SEPARATOR.join((str(self.message_id), *([self.token] if self.token else [])))

    @classmethod
    def of(cls, message: IncomingMessage) -> "ReplyTo":
        """Read the written form; a message without one is answered itself."""
        message_id, _, token = (message.reply_to or message.event_id).partition(SEPARATOR)
        return cls(int(message_id), token or None)
