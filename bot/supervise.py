"""Keeps one coroutine of this process running: again after a crash, with capped back-off. Knows no platform."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.platforms.base import DoorClosed

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class BackOff:
    """Waits double from ``first_s`` to ``most_s`` and start anew after ``stable_s`` without a crash."""

    first_s: float = 1.0
    most_s: float = 60.0
    stable_s: float = 60.0


async def keep_running(name: str, run: Callable[[], Awaitable[None]], back_off: BackOff) -> None:
    """Run ``run`` for ever. Raises DoorClosed when it says that trying again would not help."""
    clock, delay_s = asyncio.get_running_loop().time, back_off.first_s
    while True:
        started_at = clock()
        try:
            await run()
        except DoorClosed:
            raise
        except Exception as error:
            log.warning("%s crashed: %s: %s", name, type(error).__name__, error, exc_info=True)
        if clock() - started_at >= back_off.stable_s:
            delay_s = back_off.first_s
        log.warning("%s starts again in %.1f s", name, delay_s)
        await asyncio.sleep(delay_s)
        delay_s = min(delay_s * 2, back_off.most_s)
