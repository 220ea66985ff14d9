"""Where an answer stands on Discord: one message of the bot's. Knows how it is written, rewritten and found again.

Writing is idempotent. A reply is posted under a nonce, which Discord takes once in some minutes, and edited from then
on; when an earlier life may have posted it already, the channel is asked before anything is posted. An interaction has
one answer by its nature; when its fifteen minutes are over, a reply stands in for it.
"""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, cast

import discord

from bot.i18n import is_place_in_line
from bot.platforms.base import DeliveryFailed
from bot.platforms.discord.errors import InteractionGone, named

log = logging.getLogger(__name__)

MAX_LOOKED_THROUGH = 200
"""Messages after the question in which an answer is looked for, when it may have arrived already."""
ACKNOWLEDGED_AFTER = timedelta(seconds=10)
"""An interaction older than this has been acknowledged, or never will be."""

Connect = Callable[[], discord.Client]
"""Returns the client of the present connection. Raises DeliveryFailed when there is none."""
IsConfirmed = Callable[[int], Awaitable[bool]]
"""Tells whether a message of the bot's belongs to a delivery that is confirmed, and so to another answer."""
View = discord.ui.View


class Place(Protocol):
    """One message of the bot's. Every method raises DeliveryFailed and DeliveryRefused, and nothing else."""

    async def write(self, text: str, view: View | None = None) -> int:
        """Let the message read so, whatever it read before; return its id."""

    async def remove(self) -> None:
        """Take the message away, if it is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A message's place in a channel: below ``after``, as the answer to ``answers`` or to nothing, under ``nonce``."""

    channel_id: int
    after: int
    answers: int | None
    nonce: str


class Reply:
    """A message in a channel. ``may_exist`` says that an earlier attempt may have posted it.

    What it said is compared only where ``expected`` is given; a message that answers another is known by that.
    """

    def __init__(
        self,
        connect: Connect,
        spot: Spot,
        *,
        is_confirmed: IsConfirmed,
        may_exist: bool = False,
        expected: str | None = None,
        is_notice: bool = False,
    ) -> None:
        self._is_notice = is_notice
        self._connect = connect
        self._spot = spot
        self._is_confirmed = is_confirmed
        self._expected = expected
        self._may_exist = may_exist
        self._posted: discord.Message | None = None

    async def write(self, text: str, view: View | None = None) -> int:
        """Post, or edit what was posted."""
        with named():
            if self._posted is None:
                self._posted = await self._earlier() if self._may_exist else None
            if self._posted is None:
                self._may_exist = True
                self._posted = await self._post(text, view)
            if self._posted.content != text.strip() or (view and not self._posted.components):
                self._posted = await self._partial(self._posted.id).edit(content=text, **_with(view))
        return self._posted.id

    async def remove(self) -> None:
        """Delete what was posted."""
        with named():
            if self._posted is None and self._may_exist:
                self._posted = await self._earlier()
            if self._posted is not None:
                await self._partial(self._posted.id).delete()

    def expect_earlier(self) -> None:
        """Look for what an earlier attempt has posted before posting."""
        self._may_exist = True

    def _channel(self) -> discord.PartialMessageable:
        return self._connect().get_partial_messageable(self._spot.channel_id)

    def _partial(self, message_id: int) -> discord.PartialMessage:
        return self._channel().get_partial_message(message_id)

    async def _post(self, text: str, view: View | None) -> discord.Message:
        """Post as a reply, which Discord refuses when its question was deleted, also while the bot was away."""
        more = _with(view)
        if self._spot.answers is not None:
            more["reference"] = discord.MessageReference(
                message_id=self._spot.answers, channel_id=self._spot.channel_id
            )
            more["mention_author"] = False
        return await self._channel().send(text, nonce=self._spot.nonce, suppress_embeds=True, **more)

    async def _earlier(self) -> discord.Message | None:
        """Return what an earlier attempt has posted after all.

        Discord remembers a nonce for a few minutes only; after a longer pause the channel itself has to be asked.
        """
        after = discord.Object(self._spot.after)
        try:
            async for message in self._channel().history(after=after, limit=MAX_LOOKED_THROUGH):
                if not await self._is_mine(message):
                    continue
                if not is_place_in_line(message.content) or self._is_notice:
                    return message
                await message.delete()  # what an earlier life said about waiting is no answer, and no longer true
        except discord.Forbidden:
            log.info("may not read the history of channel %d", self._spot.channel_id)
        return None

    async def _is_mine(self, message: discord.Message) -> bool:
        me, answered = self._connect().user, message.reference.message_id if message.reference else None
        if me is None or message.author.id != me.id or answered != self._spot.answers:
            return False
        is_said = self._expected is None or message.content == self._expected.strip()
        return is_said and not await self._is_confirmed(message.id)


class InteractionAnswer:
    """The one answer of an interaction, which was acknowledged by "is thinking"."""

    def __init__(self, connect: Connect, token: str, asked_at: datetime, instead: Place) -> None:
        self._connect = connect
        self._token = token
        self._asked_at = asked_at
        self._instead = instead
        self._is_gone = False

    async def write(self, text: str, view: View | None = None) -> int:
        """Edit the answer; once that is no longer possible, reply to the message that was asked about."""
        if not self._is_gone:
            try:
                with named():
                    return (await self._webhook().edit_message(ORIGINAL, content=text, **_with(view))).id
            except InteractionGone as error:
                self._give_up(error)
        return await self._instead.write(text, view)

    async def remove(self) -> None:
        """Delete the answer, or what stands in for it."""
        try:
            with named():
                await self._webhook().delete_message(ORIGINAL)
        except InteractionGone:
            await self._instead.remove()

    def _give_up(self, error: InteractionGone) -> None:
        """Never answer this way again. Raises DeliveryFailed while the acknowledgement may still be on its way."""
        if not error.is_over and datetime.now(UTC) - self._asked_at < ACKNOWLEDGED_AFTER:
            raise DeliveryFailed("The interaction is not acknowledged yet.", 0.5, may_have_arrived=False) from error
        log.info("an interaction is gone, a message in the channel stands in: %s", error)
        self._is_gone = True

    def _webhook(self) -> discord.Webhook:
        client = self._connect()
        assert client.application_id is not None
        return discord.Webhook.partial(client.application_id, self._token, client=client)


ORIGINAL = cast(int, "@original")
"""Discord's name for the first answer to an interaction, in the place of a message's id."""


def _with(view: View | None) -> dict[str, Any]:
    return {} if view is None else {"view": view}
