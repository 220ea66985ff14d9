"""Keeps 「（AI）」 in sight on Discord: in the bot's name on a server where it may change it, else under each answer.

Knows names. Does not know what is said.
"""

import logging
import re
import unicodedata

import discord

from bot.current import CurrentCheckpoint
from bot.platforms.discord.errors import NETWORK_ERRORS
from model.persona import PersonaError

log = logging.getLogger(__name__)

SUFFIX = "（AI）"
MAX_NAME_CHARS = 32
SAYS_SO = re.compile(r"(?<![A-Za-z])AI(?![A-Za-z])|人工知能")


class Badge:
    """Worn on each server once, and again when another persona answers."""

    def __init__(self, current: CurrentCheckpoint) -> None:
        self._current = current
        self._worn: dict[int, str] = {}
        self._names: dict[int, str] = {}

    async def line(self, client: discord.Client, channel_id: int) -> str:
        """Return what to put under an answer in a channel: nothing where the bot's name says that it is an AI."""
        guild = getattr(client.get_channel(channel_id), "guild", None)
        shown = await self._name_on(guild) if isinstance(guild, discord.Guild) else _name(client.user)
        return "" if _says_so(shown) else f"\n-# {self._name()}"

    def _name(self) -> str:
        """Return the persona's name with the badge, as long as a name may be."""
        try:
            persona = self._current.read().persona.name
        except PersonaError:
            return "AI"
        return persona[: MAX_NAME_CHARS - len(SUFFIX)] + SUFFIX

    async def _name_on(self, guild: discord.Guild) -> str:
        """Wear the badge, and return the name people see; a server that forbids it is asked once for each persona."""
        wanted = self._name()
        if self._worn.get(guild.id) != wanted:
            self._worn[guild.id] = wanted
            self._names[guild.id] = await _renamed(guild, wanted)
        return self._names[guild.id]


async def _renamed(guild: discord.Guild, wanted: str) -> str:
    me = guild.me
    if me is None or me.display_name == wanted:
        return wanted if me else ""
    try:
        await me.edit(nick=wanted)
    except (discord.DiscordException, *NETWORK_ERRORS) as error:
        log.info("may not wear the badge on server %d: %s", guild.id, type(error).__name__)
        return me.display_name
    return wanted


def _name(user: discord.ClientUser | None) -> str:
    return user.display_name if user else ""


def _says_so(name: str) -> bool:
    return SAYS_SO.search(unicodedata.normalize("NFKC", name)) is not None
