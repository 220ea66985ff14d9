"""Discord's door: opens the connection, shows that an answer is coming, and delivers it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from uuid import NAMESPACE_URL, uuid5

import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.commands import Commands
from bot.current import CurrentCheckpoint
from bot.history import History
from bot.inbox import Inbox
from bot.message import IncomingMessage, Platform
from bot.outbox import Outbox
from bot.platforms.base import Delivered, Delivery, DeliveryFailed, DeliveryRefused, DoorClosed, PieceLimits
from bot.platforms.discord.asking import Asking
from bot.platforms.discord.badge import Badge
from bot.platforms.discord.client import Client, Inside, Wiring, new_client
from bot.platforms.discord.draft import Draft, Tempo
from bot.platforms.discord.errors import named
from bot.platforms.discord.markup import LIMITS, harmless
from bot.platforms.discord.places import InteractionAnswer, Place, Reply, Spot
from bot.platforms.discord.reply_to import ReplyTo
from bot.policy import Policy
from bot.ratings import Ratings
from bot.settings import Settings

log = logging.getLogger(__name__)

DELIVERY_TIMEOUT_S = 60.0
FATAL = {
    4004: "Discord no longer accepts DISCORD_TOKEN: copy it anew.",
    4010: "Discord refuses the shard: unset DISCORD_SHARDS.",
    4011: "Discord asks for more shards: unset DISCORD_SHARDS, and Discord says how many.",
}
"""Close codes after which connecting again would not help."""


class GatewayLost(Exception):
    """The gateway stayed away; a new connection is due."""


class DiscordDoor:
    """One bot account."""

    def __init__(
        self,
        settings: Settings,
        *,
        inbox: Inbox,
        outbox: Outbox,
        history: History,
        ratings: Ratings,
        current: CurrentCheckpoint,
        policy: Policy,
        commands: Commands,
        tempo: Tempo | None = None,
        heartbeat_timeout_s: float = 60.0,
    ) -> None:
        self._settings = settings
        self._inbox = inbox
        self._outbox = outbox
        self._badge = Badge(current)
        self._tempo = tempo or Tempo()
        self._fresh: set[str] = set()
        admin_ids = frozenset(settings.discord_admin_ids)
        self._inside = Inside(
            inbox=inbox,
            outbox=outbox,
            history=history,
            policy=policy,
            commands=commands,
            asking=Asking(
                inbox=inbox,
                outbox=outbox,
                history=history,
                ratings=ratings,
                fresh=self._fresh,
            ),
            admin_ids=admin_ids,
            fresh=self._fresh,
            home=settings.senpai_home,
        )
        self._wiring = Wiring(
            reads_everything=settings.discord_message_content,
            num_shards=settings.discord_shards,
            heartbeat_timeout_s=heartbeat_timeout_s,
        )
        self._client: Client | None = None
        self._drafts: dict[str, Draft] = {}

    @property
    def platform(self) -> Platform:
        """Discord."""
        return Platform.DISCORD

    @property
    def limits(self) -> PieceLimits:
        """2000 characters a message, as many messages as needed."""
        return LIMITS

    @property
    def greets(self) -> bool:
        """Nothing on Discord says so but the bot's own badge."""
        return False

    async def run(self) -> None:
        """Take events in until cancelled. Raises DoorClosed for a wrong token or a missing intent."""
        _point_at(self._settings.discord_api_url, self._settings.discord_gateway_url)
        client = new_client(self._inside, self._wiring)
        async with client:
            self._client = client
            try:
                await self._stay_connected(client)
            finally:
                self._client = None
                for draft in self._drafts.values():
                    await draft.stop()

    async def deliver(self, delivery: Delivery) -> Delivered:
        """Let the first piece take the draft's place; post the others, each under a nonce Discord takes only once."""
        can_be_rated = delivery.is_last and delivery.is_answer
        try:
            async with asyncio.timeout(DELIVERY_TIMEOUT_S):
                client = self._connected()
                text = harmless(delivery.pieces[0])
                if delivery.is_last:
                    text += await self._badge.line(client, int(delivery.message.conversation_id))
                view = client.buttons if can_be_rated else None
                if delivery.is_first:
                    message_id = await self._draft(delivery.message).finish(text, view)
                else:
                    message_id = await self._next_place(delivery, text).write(text, view)
        except TimeoutError:
            raise DeliveryFailed("Discord takes too long.") from None
        except DeliveryRefused:
            self._close(delivery.message)
            raise
        self._close(delivery.message)
        return Delivered((str(message_id),))

    @asynccontextmanager
    async def working(self, message: IncomingMessage) -> AsyncIterator[Draft]:
        """Show "is typing" until left, and what of the answer is certain as it grows."""
        typing = asyncio.create_task(self._type(message))
        try:
            yield self._draft(message)
        finally:
            typing.cancel()

    @asynccontextmanager
    async def notice(self, message: IncomingMessage, sentence: Callable[[], Awaitable[str]]) -> AsyncIterator[None]:
        """After a while reply with a sentence, and delete that again when left."""
        place = self._reply(message, f"wait {message.key}", may_exist=False, is_notice=True)
        posting = asyncio.create_task(self._post_notice(place, sentence))
        try:
            yield
        finally:
            posting.cancel()
            await asyncio.wait((posting,))
            with suppress(DeliveryFailed, DeliveryRefused):
                await place.remove()

    async def _post_notice(self, place: Place, sentence: Callable[[], Awaitable[str]]) -> None:
        await asyncio.sleep(self._tempo.notice_after_s)
        if text := await sentence():
            with suppress(DeliveryFailed, DeliveryRefused):
                await place.write(text)

    def _draft(self, message: IncomingMessage) -> Draft:
        """Return the one draft of the answer to a message."""
        if message.key not in self._drafts:
            place = self._first_place(message, may_exist=message.key not in self._fresh)
            self._drafts[message.key] = Draft(
                place,
                self._tempo,
                on_refused=lambda: self._refuse(message),
                on_taken_back=lambda: self._close(message),
            )
        return self._drafts[message.key]

    async def _refuse(self, message: IncomingMessage) -> None:
        await self._inbox.withdraw(message.platform, message.message_id or message.event_id)

    def _close(self, message: IncomingMessage) -> None:
        self._drafts.pop(message.key, None)
        self._fresh.discard(message.key)

    def _first_place(self, message: IncomingMessage, *, may_exist: bool) -> Place:
        reply, token = self._reply(message, message.key, may_exist=may_exist), ReplyTo.of(message).token
        return InteractionAnswer(self._connected, token, message.sent_at, reply) if token else reply

    def _reply(self, message: IncomingMessage, name: str, *, may_exist: bool, is_notice: bool = False) -> Reply:
        channel_id, question_id = int(message.conversation_id), ReplyTo.of(message).message_id
        nonce = uuid5(NAMESPACE_URL, name).hex[:25]
        spot = Spot(channel_id=channel_id, after=question_id, answers=question_id, nonce=nonce)
        confirmed = self._is_confirmed
        return Reply(self._connected, spot, is_confirmed=confirmed, may_exist=may_exist, is_notice=is_notice)

    def _next_place(self, delivery: Delivery, text: str) -> Place:
        """Return the place of a piece that answers nothing, and is known by what it says."""
        channel_id, after = int(delivery.message.conversation_id), ReplyTo.of(delivery.message).message_id
        spot = Spot(channel_id=channel_id, after=after, answers=None, nonce=delivery.key.hex[:25])
        may_exist = delivery.num_attempts > 0
        return Reply(self._connected, spot, is_confirmed=self._is_confirmed, may_exist=may_exist, expected=text)

    async def _is_confirmed(self, message_id: int) -> bool:
        return await self._outbox.is_ours(Platform.DISCORD, str(message_id))

    def _connected(self) -> Client:
        if self._client is None or self._client.user is None:
            raise DeliveryFailed("Discord is not connected.", may_have_arrived=False)
        return self._client

    async def _stay_connected(self, client: Client) -> None:
        connected = asyncio.create_task(client.start(self._token()))
        lost = asyncio.create_task(client.lost.wait())
        try:
            await asyncio.wait((connected, lost), return_when=asyncio.FIRST_COMPLETED)
            if not connected.done():
                raise GatewayLost(f"No session for {self._wiring.lost_after_s:.0f} s.")
            await connected
        except discord.LoginFailure:
            raise DoorClosed(
                "Discord refuses DISCORD_TOKEN: copy the bot's token anew from the developer portal."
            ) from None
        except discord.PrivilegedIntentsRequired:
            raise DoorClosed(
                "Discord refuses the message-content intent: switch it on in the developer portal, or unset "
                "DISCORD_MESSAGE_CONTENT."
            ) from None
        except discord.ConnectionClosed as error:
            if error.code in FATAL:
                raise DoorClosed(FATAL[error.code]) from None
            raise
        finally:
            for task in (connected, lost):
                task.cancel()
            await asyncio.gather(connected, lost, return_exceptions=True)

    async def _type(self, message: IncomingMessage) -> None:
        """Type until cancelled; an answer comes also where typing is forbidden."""
        while not ReplyTo.of(message).token:  # an interaction says "is thinking" by itself
            with suppress(DeliveryFailed, DeliveryRefused), named():
                await self._connected().get_partial_messageable(int(message.conversation_id)).typing()
            await asyncio.sleep(self._tempo.typing_s)

    def _token(self) -> str:
        token = self._settings.discord_token
        if token is None:
            raise DoorClosed("DISCORD_TOKEN is not set.")
        return token.get_secret_value()


def _point_at(api_url: str | None, gateway_url: str | None) -> None:
    """Use a proxy or a stand-in; discord.py knows its addresses only as class attributes."""
    if api_url:
        Route.BASE = api_url.rstrip("/")
    if gateway_url:
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway_url)
