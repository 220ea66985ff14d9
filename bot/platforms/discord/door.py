"""Discord's door: opens the connection, shows that an answer is coming, and delivers it."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.commands import Commands
from bot.inbox import Inbox
from bot.message import IncomingMessage, Platform
from bot.platforms.base import Delivered, Delivery, DeliveryFailed, DeliveryRefused, DoorClosed, PieceLimits
from bot.platforms.discord.client import Client
from bot.platforms.discord.slash import LIMITS
from bot.policy import Policy
from bot.settings import Settings

log = logging.getLogger(__name__)

DELIVERY_TIMEOUT_S = 60.0
NETWORK_ERRORS = (aiohttp.ClientError, OSError, TimeoutError)
MAX_LOOKED_THROUGH = 50
"""Messages after the question in which an answer is looked for, when it may have arrived already."""


class GatewayLost(Exception):
    """The gateway stayed away; a new connection is due."""


class DiscordDoor:
    """One bot account. ``lost_after_s``: how long discord.py may try to resume before a new connection is made."""

    def __init__(
        self,
        settings: Settings,
        *,
        inbox: Inbox,
        policy: Policy,
        commands: Commands,
        lost_after_s: float = 60.0,
    ) -> None:
        self._settings = settings
        self._inbox = inbox
        self._policy = policy
        self._commands = commands
        self._lost_after_s = lost_after_s
        self._client: Client | None = None

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
        client = Client(
            inbox=self._inbox,
            policy=self._policy,
            commands=self._commands,
            admin_ids=frozenset(self._settings.discord_admin_ids),
            lost_after_s=self._lost_after_s,
        )
        async with client:
            self._client = client
            try:
                await self._stay_connected(client)
            finally:
                self._client = None

    async def deliver(self, delivery: Delivery) -> Delivered:
        """Post the piece under the delivery's nonce, which Discord takes only once."""
        client = self._client
        if client is None or client.user is None:
            raise DeliveryFailed("Discord is not connected.", may_have_arrived=False)
        try:
            async with asyncio.timeout(DELIVERY_TIMEOUT_S):
                return Delivered((await _post(client, delivery),))
        except discord.RateLimited as error:
            raise DeliveryFailed("Discord asks to wait.", error.retry_after) from error
        except discord.HTTPException as error:
            raise _named(error) from error
        except NETWORK_ERRORS as error:
            raise DeliveryFailed(f"Discord cannot be reached ({type(error).__name__}).") from error

    @asynccontextmanager
    async def working(self, message: IncomingMessage) -> AsyncIterator[None]:
        """Show "is typing" until left."""
        typing = asyncio.create_task(self._type(message))
        try:
            yield
        finally:
            typing.cancel()

    async def _stay_connected(self, client: Client) -> None:
        connected = asyncio.create_task(client.start(self._token()))
        lost = asyncio.create_task(client.lost.wait())
        try:
            await asyncio.wait((connected, lost), return_when=asyncio.FIRST_COMPLETED)
            if not connected.done():
                raise GatewayLost(f"No session for {self._lost_after_s:.0f} s.")
            await connected
        except discord.LoginFailure:
            raise DoorClosed(
                "Discord refuses DISCORD_TOKEN: copy the bot's token anew from the developer portal."
            ) from None
        except discord.PrivilegedIntentsRequired:
            raise DoorClosed("Discord refuses the bot's intents: switch them on in the developer portal.") from None
        except discord.ConnectionClosed as error:
            if error.code == 4004:
                raise DoorClosed("Discord no longer accepts DISCORD_TOKEN: copy it anew.") from None
            raise
        finally:
            for task in (connected, lost):
                task.cancel()
            await asyncio.gather(connected, lost, return_exceptions=True)

    async def _type(self, message: IncomingMessage) -> None:
        if self._client is None:
            return
        channel = self._client.get_partial_messageable(int(message.conversation_id))
        try:
            async with channel.typing():
                await asyncio.Event().wait()
        except (discord.DiscordException, *NETWORK_ERRORS) as error:
            log.info("%s: no typing indicator (%s)", message.key, type(error).__name__)

    def _token(self) -> str:
        token = self._settings.discord_token
        if token is None:
            raise DoorClosed("DISCORD_TOKEN is not set.")
        return token.get_secret_value()


async def _post(client: Client, delivery: Delivery) -> str:
    """Post as a reply, which Discord refuses when its question was deleted, also while the bot was away."""
    channel_id, question_id = int(delivery.message.conversation_id), int(delivery.message.event_id)
    channel = client.get_partial_messageable(channel_id)
    text = delivery.pieces[0]
    if delivery.num_attempts and (earlier := await _earlier(client, channel, delivery)):
        return earlier
    question = discord.MessageReference(message_id=question_id, channel_id=channel_id)
    nonce = delivery.key.hex[:25]
    if delivery.is_first:
        message = await channel.send(text, reference=question, mention_author=False, nonce=nonce)
    else:
        message = await channel.send(text, nonce=nonce)
    return str(message.id)


async def _earlier(client: Client, channel: discord.PartialMessageable, delivery: Delivery) -> str | None:
    """Return the id of this piece when an earlier attempt has arrived after all.

    Discord remembers a nonce for a few minutes only; after a longer pause the channel itself has to be asked.
    """
    assert client.user is not None
    question_id = int(delivery.message.event_id)
    try:
        async for message in channel.history(after=discord.Object(question_id), limit=MAX_LOOKED_THROUGH):
            answered = message.reference.message_id if message.reference else None
            belongs = answered == (question_id if delivery.is_first else None)
            if message.author.id == client.user.id and belongs and message.content == delivery.pieces[0].strip():
                return str(message.id)
    except discord.Forbidden:
        log.info("%s: may not read the channel's history", delivery.message.key)
    return None


def _named(error: discord.HTTPException) -> DeliveryFailed | DeliveryRefused:
    """Say whether trying again makes sense: not after a clear no."""
    if error.status == 429:
        return DeliveryFailed("Discord asks to wait.", 60.0)
    if error.status >= 500 or error.status == 401:
        return DeliveryFailed(f"Discord failed with status {error.status}.")
    return DeliveryRefused(f"Discord said {error.status}, code {error.code}.")


def _point_at(api_url: str | None, gateway_url: str | None) -> None:
    """Use a proxy or a stand-in; discord.py knows its addresses only as class attributes."""
    if api_url:
        Route.BASE = api_url.rstrip("/")
    if gateway_url:
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway_url)
