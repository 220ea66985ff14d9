"""The connection to Discord's gateway: events in, into the inbox. Knows nothing of answers.

Runs without the privileged message-content intent: Discord delivers the text of direct messages, mentions and replies
to the bot without it, and the bot wants no other.
"""

import asyncio
import logging
from collections.abc import Collection
from datetime import timedelta
from typing import Any

import discord

from bot.commands import Commands
from bot.inbox import Inbox
from bot.message import Platform
from bot.platforms.discord.missed import missed
from bot.platforms.discord.slash import command_tree, translate
from bot.platforms.discord.translate import incoming
from bot.policy import Policy

log = logging.getLogger(__name__)

MAX_RATELIMIT_WAIT_S = 30.0
SEEN_FOR = timedelta(days=7)
"""Conversations that were silent for longer are not searched for what was missed."""


class Client(discord.Client):
    """One connection, used once: after a crash the door makes a new one."""

    def __init__(
        self,
        *,
        inbox: Inbox,
        policy: Policy,
        commands: Commands,
        admin_ids: Collection[str],
        lost_after_s: float,
    ) -> None:
        super().__init__(
            intents=discord.Intents(guilds=True, guild_messages=True, dm_messages=True),
            allowed_mentions=discord.AllowedMentions.none(),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            max_ratelimit_timeout=MAX_RATELIMIT_WAIT_S,
        )
        self.lost = asyncio.Event()
        """Set when the gateway stayed away for so long that a new connection is better than waiting on."""
        self._inbox = inbox
        self._policy = policy
        self._admin_ids = admin_ids
        self._lost_after_s = lost_after_s
        self._caught_up = asyncio.Event()
        self._at_work = asyncio.Lock()
        self._losing: asyncio.TimerHandle | None = None
        self._tree = command_tree(self, commands, admin_ids)

    async def setup_hook(self) -> None:
        """Tell Discord the commands, once a connection."""
        await translate(self._tree)
        await self._tree.sync()

    async def on_connect(self) -> None:
        """Before anything of a new session is accepted, look for what was said before it began.

        Accepting in the order of saying is what makes the newest message seen a mark behind which nothing is missing.
        """
        self._caught_up.clear()
        try:
            async with self._at_work:
                seen = await self._inbox.last_seen(Platform.DISCORD, discord.utils.utcnow() - SEEN_FOR)
            async for message in missed(self, seen):
                await self._accept(message)
        finally:
            self._caught_up.set()

    async def on_message(self, message: discord.Message) -> None:
        """Accept what is said to the bot."""
        await self._caught_up.wait()
        await self._accept(message)

    async def on_raw_message_delete(self, deleted: discord.RawMessageDeleteEvent) -> None:
        """Forget a message its author, or a moderator, deleted."""
        await self._withdraw(deleted.message_id)

    async def on_raw_bulk_message_delete(self, deleted: discord.RawBulkMessageDeleteEvent) -> None:
        """Forget many."""
        for message_id in deleted.message_ids:
            await self._withdraw(message_id)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Forget what was said on a server that sent the bot away."""
        for channel in (*guild.channels, *guild.threads):
            await self._inbox.forget_conversation(f"{Platform.DISCORD}:{channel.id}")

    async def on_ready(self) -> None:
        """Note that a new session has begun."""
        self._found()
        log.info("Discord is connected, %d servers", len(self.guilds))

    async def on_resumed(self) -> None:
        """Note that the session went on; Discord has replayed what was missed."""
        self._found()
        log.info("Discord is connected again")

    async def on_disconnect(self) -> None:
        """Start waiting for the session to come back."""
        if self._losing is None:
            self._losing = asyncio.get_running_loop().call_later(self._lost_after_s, self.lost.set)
            log.warning("Discord's gateway is gone")

    async def on_error(self, event_method: str, /, *_args: Any, **_kwargs: Any) -> None:
        """Log where an event handler failed, without the event."""
        log.exception("the handler of %s failed", event_method)

    async def close(self) -> None:
        """Leave the gateway, and return when nothing is being accepted any more."""
        self._found()
        await super().close()
        async with self._at_work:
            log.info("Discord is closed")

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        """Let no event begin after the end: its handler would outlive the loop."""
        if not self.is_closed():
            super().dispatch(event, *args, **kwargs)

    async def _accept(self, message: discord.Message) -> None:
        assert self.user is not None
        accepted = incoming(message, self.user, self._admin_ids)
        if accepted is None or not self._policy.is_for_us(accepted):
            return
        async with self._at_work:
            if not self.is_closed():
                await self._inbox.accept(accepted)

    async def _withdraw(self, message_id: int) -> None:
        await self._caught_up.wait()
        async with self._at_work:
            if not self.is_closed():
                await self._inbox.withdraw(Platform.DISCORD, str(message_id))

    def _found(self) -> None:
        if self._losing is not None:
            self._losing.cancel()
            self._losing = None
