"""What people ask by a press: a thumb, another answer, and the menu 「先輩に聞く」 on anybody's message.

Knows interactions. A question asked this way goes through the inbox like any other, and is acknowledged once it is
stored.
"""

from dataclasses import dataclass
from typing import Any

import discord

from bot.history import History
from bot.i18n import Sentences, locale_of
from bot.inbox import Inbox
from bot.message import IncomingMessage, Platform
from bot.outbox import Outbox
from bot.platforms.discord.reply_to import ReplyTo
from bot.platforms.discord.translate import words
from bot.ratings import Ratings, Thumb

Interaction = discord.Interaction[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Takes presses in. ``fresh`` gathers the keys of messages accepted in this life of the process."""

    inbox: Inbox
    outbox: Outbox
    history: History
    ratings: Ratings
    fresh: set[str]

    async def rate(self, interaction: Interaction, thumb: Thumb) -> None:
        """Keep a thumb, and thank for it."""
        assert interaction.message is not None
        await interaction.response.defer(ephemeral=True, thinking=True)
        author_id, message_id = str(interaction.user.id), str(interaction.message.id)
        is_kept = await self.ratings.rate(Platform.DISCORD, message_id, author_id, thumb)
        await _tell(interaction, "rated" if is_kept else "not_remembered")

    async def again(self, interaction: Interaction) -> None:
        """Ask the question of an answer once more: once for each answer, and only for whoever asked it."""
        assert interaction.message is not None
        shown_id = interaction.message.id
        key = await self.outbox.answered_key(Platform.DISCORD, str(shown_id))
        asked = await self.history.asked(key) if key else None
        if asked is None or key is None:
            await _refuse(interaction, "not_remembered")
        elif asked.author_id != str(interaction.user.id):
            await _refuse(interaction, "only_asker")
        elif not await self._accept(interaction, f"again-{shown_id}", asked.text, ReplyTo(shown_id), instead_of=key):
            await _refuse(interaction, "already_again")
        else:
            await interaction.response.defer()

    async def ask(self, interaction: Interaction, message: discord.Message) -> None:
        """Answer somebody's message for whoever chose it in the menu.

        Nobody becomes an administrator by it, and no command is run: the words are another person's.
        """
        assert interaction.client.user is not None
        text = words(message, interaction.client.user)
        reply_to = ReplyTo(message.id, interaction.token)
        await self._accept(interaction, str(interaction.id), f"「{text}」" if text else "", reply_to)
        await interaction.response.defer(thinking=True)

    async def _accept(
        self,
        interaction: Interaction,
        event_id: str,
        text: str,
        reply_to: ReplyTo,
        *,
        instead_of: str | None = None,
    ) -> bool:
        message = IncomingMessage(
            platform=Platform.DISCORD,
            event_id=event_id,
            conversation_id=str(interaction.channel_id),
            author_id=str(interaction.user.id),
            text=text,
            sent_at=interaction.created_at,
            is_direct=interaction.guild_id is None,
            is_addressed=True,
            reply_to=reply_to.encode(),
            instead_of=instead_of,
        )
        is_new = await self.inbox.accept(message)
        if is_new:
            self.fresh.add(message.key)
        return is_new


async def _tell(interaction: Interaction, key: str) -> None:
    sentences = Sentences(locale_of(str(interaction.locale)))
    await interaction.followup.send(sentences.say(key), ephemeral=True)


async def _refuse(interaction: Interaction, key: str) -> None:
    await interaction.response.defer(ephemeral=True, thinking=True)
    await _tell(interaction, key)
