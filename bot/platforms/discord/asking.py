"""What people ask by a press: a thumb, another answer, and the menu 「先輩に聞く」 on anybody's message.

Knows interactions. A question asked this way goes through the inbox like any other, and is acknowledged once it is
stored. What somebody else said is read with the question and never remembered: it is not the asker's.
"""

from dataclasses import dataclass
from typing import Any

import discord

from bot.history import History
from bot.i18n import SENTENCES, Sentences, locale_of
from bot.inbox import Inbox
from bot.message import IncomingMessage, Platform
from bot.outbox import Outbox
from bot.platforms.discord.context import quotation
from bot.platforms.discord.reply_to import ReplyTo
from bot.platforms.discord.translate import words
from bot.ratings import Ratings, Thumb

Interaction = discord.Interaction[Any]
MAX_ASKED_CHARS = 1000
"""Of the message that is asked about; a small model reads no more."""


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
        elif asked.text in SENTENCES["what_of_this"].values():
            await _refuse(interaction, "ask_menu_again")
        elif not await self._accept(interaction, f"again-{shown_id}", asked.text, ReplyTo(shown_id), instead_of=key):
            await _refuse(interaction, "already_again")
        else:
            await interaction.response.defer()

    async def ask(self, interaction: Interaction, message: discord.Message) -> None:
        """Answer somebody's message for whoever chose it in the menu: they ask, the message is what they ask about.

        Nobody becomes an administrator by it, and no command is run.
        """
        me = interaction.client.user
        assert me is not None
        text, context = "", ""
        if words(message, me):
            text = _sentences(interaction).say("what_of_this")
            context = quotation(message, me, MAX_ASKED_CHARS)
        reply_to = ReplyTo(message.id, interaction.token)
        await self._accept(interaction, str(interaction.id), text, reply_to, context=context)
        await interaction.response.defer(thinking=True)

    async def _accept(
        self,
        interaction: Interaction,
        event_id: str,
        text: str,
        reply_to: ReplyTo,
        *,
        context: str = "",
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
            context=context,
            instead_of=instead_of,
        )
        is_new = await self.inbox.accept(message)
        if is_new:
            self.fresh.add(message.key)
        return is_new


async def _tell(interaction: Interaction, key: str) -> None:
    await interaction.followup.send(_sentences(interaction).say(key), ephemeral=True)


def _sentences(interaction: Interaction) -> Sentences:
    return Sentences(locale_of(str(interaction.locale)))


async def _refuse(interaction: Interaction, key: str) -> None:
    await interaction.response.defer(ephemeral=True, thinking=True)
    await _tell(interaction, key)
