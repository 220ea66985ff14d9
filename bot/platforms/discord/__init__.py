"""Discord: mentions, replies to the bot, direct messages and slash commands in; replies out."""

from bot.platforms.discord.door import DiscordDoor

__all__ = ["DiscordDoor"]
