"""Why a message gets a sentence of the bot's own in the place of an answer. Knows limits; asks nobody.

Commands are not held back here: whoever is told to wait may still ask for help.
"""

from dataclasses import dataclass
from math import ceil

from bot.i18n import Sentences
from bot.limits import Limits
from bot.message import IncomingMessage
from bot.pause import Pause
from bot.quiet import QuietHours


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Messages answered in a minute: of one author, in one conversation, on one platform."""

    author: Limits
    conversation: Limits
    platform: Limits

    def wait_s(self, message: IncomingMessage) -> tuple[str, float] | None:
        """Spend one message; or return whose limit stands against it, and after how many seconds it no longer will."""
        at = message.sent_at
        named = (
            ("too_often", self.author, f"{message.platform}:{message.author_id}"),
            ("too_many_here", self.conversation, message.conversation),
            ("too_many", self.platform, str(message.platform)),
        )
        waits = [(key, wait_s) for key, limits, name in named if (wait_s := limits.due_s(name, at))]
        if waits:
            return max(waits, key=lambda wait: wait[1])
        for _, limits, name in named:
            limits.wait_s(name, at)
        return None


class Restraint:
    """Looks at every message before the persona does."""

    def __init__(
        self, *, rates: Rates, max_chars: int, pause: Pause, quiet_hours: QuietHours | None, sentences: Sentences
    ) -> None:
        self._rates = rates
        self._max_chars = max_chars
        self._pause = pause
        self._quiet_hours = quiet_hours
        self._say = sentences.say

    def objection(self, message: IncomingMessage) -> str | None:
        """Return what the author is told instead; None for a message that is to be answered."""
        if self._pause.is_on:
            return self._say("resting")
        if self._quiet_hours and self._quiet_hours.holds(message.sent_at):
            return self._say("quiet", until=f"{self._quiet_hours.end:%H:%M}")
        if len(message.text) > self._max_chars:
            return self._say("message_too_long", length=len(message.text), most=self._max_chars)
        if wait := self._rates.wait_s(message):
            key, seconds = wait
            return self._say(key, seconds=ceil(seconds))
        return None
