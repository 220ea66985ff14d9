"""The console: the builder's own page on loopback, a platform like the others."""

from bot.platforms.console.door import ConsoleDoor

__all__ = ["ConsoleDoor"]
