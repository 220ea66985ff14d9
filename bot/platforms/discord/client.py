"""The connection to Discord's gateway: events in, into the inbox. Knows nothing of answers.

Runs without the privileged message-content intent unless the settings ask for it: Discord delivers the text of direct
messages, mentions and replies to the bot without it.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import discord

from bot.commands import Commands, words_of
from bot.history import History
from bot.inbox import Inbox
from bot.message import IncomingMessage, Platform
from bot.outbox import Outbox
from bot.platforms.discord.asking import Asking
from bot.platforms.discord.buttons import Buttons
from bot.platforms.discord.context import quoted
from bot.platforms.discord.missed import missed
from bot.platforms.discord.slash import command_tree, sync
from bot.platforms.discord.translate import incoming
from bot.policy import Policy

log = logging.getLogger(__name__)

MAX_RATELIMIT_WAIT_S = 30.0
SEEN_FOR = timedelta(days=7)
"""Conversations that were silent for longer are not searched for what was missed."""
NEW_FOR = timedelta(hours=1)
"""A message not known here that is edited later than this is not taken for a new one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """Whom the client hands events to. ``fresh`` gathers the keys of messages accepted in this life of the process."""

    inbox: Inbox
    outbox: Outbox
    history: History
    policy: Policy
    commands: Commands
    asking: Asking
    admin_ids: Collection[str]
    fresh: set[str]
    home: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """How the gateway is spoken to. ``lost_after_s``: how long discord.py may try to resume."""

    reads_everything: bool = False
    num_shards: int | None = None
    lost_after_s: float = 60.0
    heartbeat_timeout_s: float = 60.0


class Client(discord.Client):
    """One connection, used once: after a crash the door makes a new one."""

    def __init__(self, inside: Inside, wiring: Wiring, **more: Any) -> None:
        super().__init__(
            intents=discord.Intents(
                guilds=True, guild_messages=True, dm_messages=True, message_content=wiring.reads_everything
            ),
            allowed_mentions=discord.AllowedMentions.none(),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            max_ratelimit_timeout=MAX_RATELIMIT_WAIT_S,
            heartbeat_timeout=wiring.heartbeat_timeout_s,
            **more,
        )
        self.lost = asyncio.Event()
        """Set when the gateway stayed away for so long that a new connection is better than waiting on."""
        self._inside = inside
        self._lost_after_s = wiring.lost_after_s
        self._caught_up = asyncio.Event()
        self._num_at_work, self._is_idle = 0, asyncio.Event()
        self._is_idle.set()
        self._turns: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._losing: asyncio.TimerHandle | None = None
        self._tree = command_tree(self, inside.commands, inside.asking, inside.admin_ids)
        self.buttons: Buttons | None = None

    async def setup_hook(self) -> None:
        """Listen to the buttons, also to those of earlier lives; tell Discord the commands when they have changed."""
        self.buttons = Buttons(self._inside.asking, self._tree.apologise)
        self.add_view(self.buttons)
        await sync(self._tree, self._inside.home)

    async def on_connect(self) -> None:
        """Before anything of a new session is accepted, look for what was said before it began.

        Accepting in the order of saying is what makes the newest message seen a mark behind which nothing is missing.
        """
        self._caught_up.clear()
        try:
            async with self.at_work():
                seen = await self._inside.inbox.last_seen(Platform.DISCORD, discord.utils.utcnow() - SEEN_FOR)
                async for message in missed(self, seen):
                    await self._accept(message)
        finally:
            self._caught_up.set()

    async def on_message(self, message: discord.Message) -> None:
        """Accept what is said to the bot."""
        async with self._in_turn(message.channel.id):
            await self._accept(message)

    async def on_raw_message_edit(self, edited: discord.RawMessageUpdateEvent) -> None:
        """Take the new words for the old ones; a message that no longer means the bot is taken back."""
        if edited.message.edited_at is None:  # Discord added a preview, nobody changed a word
            return
        async with self._in_turn(edited.channel_id):
            revised = await self._understood(edited.message)
            if revised is None:
                await self._withdraw(edited.message_id)
            elif not await self._revise(revised, edited.message.edited_at):
                await self._accept_if_new(edited.message)

    async def on_raw_message_delete(self, deleted: discord.RawMessageDeleteEvent) -> None:
        """Forget a message its author, or a moderator, deleted."""
        async with self._in_turn(deleted.channel_id):
            await self._withdraw(deleted.message_id)

    async def on_raw_bulk_message_delete(self, deleted: discord.RawBulkMessageDeleteEvent) -> None:
        """Forget many."""
        async with self._in_turn(deleted.channel_id):
            for message_id in deleted.message_ids:
                await self._withdraw(message_id)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Forget what was said on a server that sent the bot away."""
        async with self.at_work():
            for channel in (*guild.channels, *guild.threads):
                await self._inside.inbox.forget_conversation(f"{Platform.DISCORD}:{channel.id}")

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
        self._caught_up.set()
        await self._is_idle.wait()
        log.info("Discord is closed")

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Hold up the end until left: what is begun here finds its database open. After the end nothing is begun."""
        if self.is_closed():
            raise asyncio.CancelledError
        self._num_at_work += 1
        self._is_idle.clear()
        try:
            yield
        finally:
            self._num_at_work -= 1
            if not self._num_at_work:
                self._is_idle.set()

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        """Let no event begin after the end: its handler would outlive the loop."""
        if not self.is_closed():
            super().dispatch(event, *args, **kwargs)

    @asynccontextmanager
    async def _in_turn(self, channel_id: int) -> AsyncIterator[None]:
        """Take the events of a channel in their order, behind what was missed before them."""
        await self._caught_up.wait()
        async with self.at_work(), self._turns.setdefault(channel_id, asyncio.Lock()):
            yield

    async def _accept(self, message: discord.Message) -> None:
        accepted = await self._understood(message)
        if accepted and await self._inside.inbox.accept(accepted):
            self._inside.fresh.add(accepted.key)

    async def _accept_if_new(self, message: discord.Message) -> None:
        if discord.utils.utcnow() - message.created_at < NEW_FOR:
            await self._accept(message)

    async def _understood(self, message: discord.Message) -> IncomingMessage | None:
        """Return what is said to the bot, with what it refers to; None for everything else."""
        assert self.user is not None
        is_home = await self._is_home(message.channel)
        said = incoming(message, self.user, self._inside.admin_ids, is_home=is_home)
        if said is None or not self._inside.policy.is_for_us(said):
            return None
        if not said.text or words_of(said.text):
            return said
        context = await quoted(message, self.user, lambda own: self._is_remembered(said.conversation, own))
        return replace(said, context=context)

    async def _is_home(self, channel: object) -> bool:
        """Tell a thread the bot was invited to, or that was opened under one of its answers."""
        if not isinstance(channel, discord.Thread):
            return False
        return channel.me is not None or await self._inside.outbox.is_ours(Platform.DISCORD, str(channel.id))

    async def _is_remembered(self, conversation: str, own_id: int) -> bool:
        key = await self._inside.outbox.answered_key(Platform.DISCORD, str(own_id))
        return key is not None and await self._inside.history.has_lately(conversation, key)

    async def _revise(self, said: IncomingMessage, at: datetime) -> bool:
        return await self._inside.inbox.revise(said.platform, said.event_id, said.text, at)

    async def _withdraw(self, message_id: int) -> None:
        await self._inside.inbox.withdraw(Platform.DISCORD, str(message_id))
        self._inside.fresh.discard(f"{Platform.DISCORD}:{message_id}")

    def _found(self) -> None:
        if self._losing is not None:
            self._losing.cancel()
            self._losing = None


class ShardedClient(Client, discord.AutoShardedClient):
    """The same over several connections, for a bot in thousands of servers."""


def new_client(inside: Inside, wiring: Wiring) -> Client:
    """Return a client that has not connected yet."""
    if wiring.num_shards is None:
        return Client(inside, wiring)
    return ShardedClient(inside, wiring, shard_count=wiring.num_shards or None)
