"""A message as it crosses a platform's door, in words every platform shares.

Knows what was said, where and by whom (as opaque ids). Does not know discord, linebot or how a reply is sent.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Platform(StrEnum):
    """A way in and out."""

    DISCORD = "discord"
    LINE = "line"
    CONSOLE = "console"


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingMessage:
    """One author's words, accepted from a platform.

    ``event_id`` is the platform's own id of the event: the same event delivered twice has the same one.
    ``conversation_id`` names the place where turns follow each other (a channel, a thread, a direct chat).
    ``message_id`` is the id by which the platform later names the message (deletion, unsend, quotation) where it is
    not the event's own, ``quoted_id`` that of the message it quotes. ``instead_of`` is the key of the message whose
    answer was not good enough: it is asked once more. ``reply_to`` is platform data the delivery needs (Discord message
    id, LINE reply token); it is opaque elsewhere. ``context`` is what others said that the message refers to: read with
    the question, and not remembered, for it is not its author's. ``is_admin`` is decided by the door from configured
    ids alone, never from platform permissions.
    """

    platform: Platform
    event_id: str
    conversation_id: str
    author_id: str
    text: str
    sent_at: datetime
    is_direct: bool
    is_addressed: bool
    is_admin: bool = False
    message_id: str | None = None
    quoted_id: str | None = None
    instead_of: str | None = None
    reply_to: str | None = None
    context: str = ""

    @property
    def key(self) -> str:
        """Unique over all platforms; names the message in inbox, outbox and log."""
        return f"{self.platform}:{self.event_id}"

    @property
    def conversation(self) -> str:
        """Unique over all platforms; turns of one conversation are answered in order."""
        return f"{self.platform}:{self.conversation_id}"


@dataclass(frozen=True, slots=True)
class Accepted:
    """Something happened in the inbox: this conversation has a message that waits."""

    conversation: str
    message_key: str


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """Something happened in the inbox: the author took this message back."""

    message_key: str


@dataclass(frozen=True, slots=True)
class Revised:
    """Something happened in the inbox: the author changed the words of this message, which still waits."""

    message_key: str


Change = Accepted | Withdrawn | Revised
