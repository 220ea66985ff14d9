"""What a reply refers to, in front of the question: the chain of messages it answers. Knows Discord's references.

Without the message-content intent Discord shows of other people's messages only those that mention the bot.
"""

import logging
from collections.abc import Awaitable, Callable

import discord

from bot.platforms.discord.errors import NETWORK_ERRORS
from bot.platforms.discord.translate import words

log = logging.getLogger(__name__)

MAX_STEPS = 5
MAX_CHARS = 300
"""Of each message; the chain is there to say what is meant, not to be read again."""

IsKnown = Callable[[int], Awaitable[bool]]
"""Tells whether a message of the bot's is part of what the model will read anyway."""


async def quoted(message: discord.Message, me: discord.ClientUser, is_known: IsKnown) -> str:
    """Return the messages the reply chain leads to, oldest first, one quoted line each; "" for none."""
    lines: list[str] = []
    step = await _before(message)
    while step is not None and step.content and len(lines) < MAX_STEPS:
        if step.author.id == me.id and await is_known(step.id):
            break
        lines.append(quotation(step, me))
        step = await _before(step)
    return "".join(reversed(lines))


def quotation(message: discord.Message, me: discord.ClientUser, max_chars: int = MAX_CHARS) -> str:
    """Return who said what, in a line of its own."""
    line = " ".join(words(message, me).split())
    said = line if len(line) <= max_chars else f"{line[:max_chars]}…"
    return f"> {message.author.display_name}：{said}\n"


async def _before(message: discord.Message) -> discord.Message | None:
    """Return the message that this one answers; None where there is none, or it can no longer be read."""
    reference = message.reference
    if reference is None or reference.message_id is None or reference.channel_id != message.channel.id:
        return None
    if reference.resolved is not None:
        return reference.resolved if isinstance(reference.resolved, discord.Message) else None
    try:
        return await message.channel.fetch_message(reference.message_id)
    except (discord.DiscordException, *NETWORK_ERRORS) as error:
        log.info("a message that was replied to cannot be read: %s", type(error).__name__)
        return None
