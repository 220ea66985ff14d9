"""The buttons under an answer: a thumb up, a thumb down, another answer. Knows what pressing one means.

Their ids are fixed and one view serves them all, so that a button works as long as its answer is remembered, whatever
was restarted since.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import discord

from bot.platforms.discord.asking import Asking, Interaction

Apologise = Callable[[Interaction, Exception], Awaitable[None]]


class Buttons(discord.ui.View):
    """The view under every answer; the same object listens."""

    def __init__(self, asking: Asking, apologise: Apologise) -> None:
        super().__init__(timeout=None)
        self._asking = asking
        self._apologise = apologise

    def is_dispatchable(self) -> bool:
        """Say no when a message is sent: the one view that was added listens to all, discord.py need not keep each."""
        return False

    @discord.ui.button(emoji="👍", custom_id="senpai:up", style=discord.ButtonStyle.secondary)
    async def up(self, interaction: Interaction, _button: discord.ui.Button[Any]) -> None:
        """Like it."""
        await self._asking.rate(interaction, 1)

    @discord.ui.button(emoji="👎", custom_id="senpai:down", style=discord.ButtonStyle.secondary)
    async def down(self, interaction: Interaction, _button: discord.ui.Button[Any]) -> None:
        """Dislike it."""
        await self._asking.rate(interaction, -1)

    @discord.ui.button(emoji="🔁", custom_id="senpai:again", style=discord.ButtonStyle.secondary)
    async def again(self, interaction: Interaction, _button: discord.ui.Button[Any]) -> None:
        """Ask for another answer."""
        await self._asking.again(interaction)

    async def on_error(self, interaction: Interaction, error: Exception, _item: discord.ui.Item[Any], /) -> None:
        """Log what failed and say so."""
        await self._apologise(interaction, error)
