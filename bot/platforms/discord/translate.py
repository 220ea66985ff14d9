"""Turns Discord's messages into ours. Knows Discord's markup; decides nothing."""

import re
from collections.abc import Collection

import discord

from bot.message import IncomingMessage, Platform
from bot.platforms.discord.reply_to import ReplyTo

SPOKEN = (discord.MessageType.default, discord.MessageType.reply)
CUSTOM_EMOJI = re.compile(r"<a?(:\w+:)\d+>")


def incoming(
    message: discord.Message, me: discord.ClientUser, admin_ids: Collection[str], *, is_home: bool = False
) -> IncomingMessage | None:
    """Return what a person said; None for bots, webhooks, the bot itself and Discord's own announcements.

    ``is_home`` says that the channel is a thread of the bot's own, where nobody has to mention it.
    """
    if message.author.bot or message.webhook_id is not None or message.type not in SPOKEN:
        return None
    author_id = str(message.author.id)
    return IncomingMessage(
        platform=Platform.DISCORD,
        event_id=str(message.id),
        conversation_id=str(message.channel.id),
        author_id=author_id,
        text=_title(message) + words(message, me),
        sent_at=message.created_at,
        is_direct=message.guild is None,
        is_addressed=_is_addressed(message, me) or (is_home and _is_open_talk(message)),
        is_admin=author_id in admin_ids,
        reply_to=ReplyTo(message.id).encode(),
    )


def words(message: discord.Message, me: discord.ClientUser) -> str:
    """Return the text as people see it, without the mention that called the bot."""
    text = re.sub(rf"<@!?{me.id}>", " ", message.content)
    for mentioned in message.mentions:
        name = f"@{mentioned.display_name}"
        text = text.replace(f"<@{mentioned.id}>", name).replace(f"<@!{mentioned.id}>", name)
    return CUSTOM_EMOJI.sub(r"\1", text).strip()


def _is_addressed(message: discord.Message, me: discord.ClientUser) -> bool:
    answered = message.reference.resolved if message.reference else None
    is_reply_to_me = isinstance(answered, discord.Message) and answered.author.id == me.id
    is_mentioned = any(mentioned.id == me.id for mentioned in message.mentions)
    return is_reply_to_me or is_mentioned or any(_is_own(role, me) for role in message.role_mentions)


def _is_open_talk(message: discord.Message) -> bool:
    """Tell whether words are there that are meant for nobody else.

    Without the message-content intent there are no words, and the bot keeps silent until it is mentioned.
    """
    is_for_others = message.mentions or message.reference is not None
    return bool(message.content) and not is_for_others


def _is_own(role: discord.Role, me: discord.ClientUser) -> bool:
    """Tell the role Discord made for the bot, of the same name: people often mention it in the bot's place."""
    return role.tags is not None and role.tags.bot_id == me.id


def _title(message: discord.Message) -> str:
    """Return the title of the forum post that this message opens; often it holds the question."""
    channel = message.channel
    if isinstance(channel, discord.Thread) and channel.id == message.id:
        return f"{channel.name}\n" if isinstance(channel.parent, discord.ForumChannel) else ""
    return ""
