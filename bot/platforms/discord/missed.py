"""Finds what was said while the bot was away. Knows channels it was spoken to in; decides nothing.

Discord replays events only to a session that resumes. After a new start the channels themselves are asked, in those
conversations the inbox knows, and for a bounded time: nobody wants an answer to yesterday's small talk.
"""

import logging
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import discord
from discord.utils import utcnow

from bot.message import IncomingMessage

log = logging.getLogger(__name__)

MAX_AGE = timedelta(hours=1)
MAX_MESSAGES = 500


async def missed(client: discord.Client, seen: Sequence[IncomingMessage]) -> AsyncIterator[discord.Message]:
    """Yield what was said after the last messages seen, oldest first within each channel."""
    oldest = utcnow() - MAX_AGE
    for last in seen:
        after = max(discord.utils.time_snowflake(last.sent_at), discord.utils.time_snowflake(oldest))
        try:
            channel = await _channel(client, last)
            num_found = 0
            async for message in channel.history(after=discord.Object(after), limit=MAX_MESSAGES, oldest_first=True):
                num_found += 1
                yield message
            if num_found == MAX_MESSAGES:
                log.warning("more than %d messages were missed after %s; the rest stays unread", num_found, last.key)
        except (discord.HTTPException, discord.InvalidData) as error:
            log.info("cannot look for what came after %s: %s", last.key, type(error).__name__)


async def _channel(client: discord.Client, last: IncomingMessage) -> discord.abc.Messageable:
    """Return the channel; one of a server must know its server, or its messages would look direct."""
    channel_id = int(last.conversation_id)
    if last.is_direct:
        return client.get_partial_messageable(channel_id)
    channel = client.get_channel(channel_id) or await client.fetch_channel(channel_id)
    assert isinstance(channel, discord.abc.Messageable)
    return channel
