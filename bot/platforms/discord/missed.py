"""Finds what was said while the bot was away. Knows channels it was spoken to in; decides nothing.

Discord replays events only to a session that resumes. After a new start the channels themselves are asked, in those
conversations the inbox knows, and for a bounded time: nobody wants an answer to yesterday's small talk.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import discord
from discord.utils import utcnow

from bot.message import IncomingMessage
from bot.platforms.discord.errors import NETWORK_ERRORS

log = logging.getLogger(__name__)

MAX_AGE = timedelta(hours=1)
MAX_MESSAGES = 500
PAUSES_S = (0.5, 1.0, 2.0, 4.0, 8.0, 8.0)


async def missed(client: discord.Client, seen: Sequence[IncomingMessage]) -> AsyncIterator[discord.Message]:
    """Yield what was said after the last messages seen, oldest first within each channel."""
    for last in seen:
        found = await _said_after(client, last)
        if len(found) == MAX_MESSAGES:
            log.warning("more than %d messages were missed after %s; the rest stays unread", len(found), last.key)
        for message in found:
            yield message


async def _said_after(client: discord.Client, last: IncomingMessage) -> list[discord.Message]:
    """Return what was said; ask again while Discord has a bad moment, for what is not found now never will be."""
    after = discord.utils.time_snowflake(max(last.sent_at, utcnow() - MAX_AGE))
    for pause_s in PAUSES_S:
        try:
            channel = await _channel(client, last)
            history = channel.history(after=discord.Object(after), limit=MAX_MESSAGES, oldest_first=True)
            return [message async for message in history]
        except (discord.Forbidden, discord.NotFound, discord.InvalidData) as error:
            log.info("what came after %s cannot be read: %s", last.key, type(error).__name__)
            return []
        except (discord.DiscordException, *NETWORK_ERRORS) as error:
            log.warning("cannot look yet for what came after %s: %s", last.key, type(error).__name__)
            await asyncio.sleep(pause_s)
    log.error("what came after %s stays unread: Discord did not answer", last.key)
    return []


async def _channel(client: discord.Client, last: IncomingMessage) -> discord.abc.Messageable:
    """Return the channel; one of a server must know its server, or its messages would look direct."""
    channel_id = int(last.conversation_id)
    if last.is_direct:
        return client.get_partial_messageable(channel_id)
    channel = client.get_channel(channel_id) or await client.fetch_channel(channel_id)
    assert isinstance(channel, discord.abc.Messageable)
    return channel
