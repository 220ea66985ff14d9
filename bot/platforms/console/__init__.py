"""The console: the builder's own pages, a platform like the others. NiceGUI is imported when its door opens."""

from bot.platforms.console.desk import Desk
from bot.platforms.console.door import ConsoleDoor
from bot.platforms.console.overheard import Overheard
from bot.platforms.console.room import Room
from bot.platforms.console.senpai_command import LongCommand

__all__ = ["ConsoleDoor", "Desk", "LongCommand", "Overheard", "Room"]
