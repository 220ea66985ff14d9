"""LINE: a signed webhook in, reply tokens out. The only place that knows linebot."""

from bot.platforms.line.door import LineDoor

__all__ = ["LineDoor"]
