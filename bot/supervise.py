"""Keeps one coroutine of this process running: again after a crash, with capped back-off. Knows no platform."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.platforms.base import DoorClosed

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class BackOff:
    """Waits double from ``first_s`` to ``most_s`` and start anew after ``stable_s`` without a crash.

    By default nothing that crashes starts more than 1000 times a day, whenever it crashes: that many identifies Discord
    allows a bot before it takes the token away.
    """

    first_s: float = 1.0
    most_s: float = 120.0
    stable_s: float = 600.0

    def next_s(self, delay_s: float, alive_s: float) -> tuple[float, float]:
        """Return how long to wait after a life of ``alive_s``, and the wait after the next one if that is short."""
        now_s = self.first_s if alive_s >= self.stable_s else delay_s
        return now_s, min(now_s * 2, self.most_s)


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
        wait_s, delay_s = back_off.next_s(delay_s, clock() - started_at)
        log.warning("%s starts again in %.1f s", name, wait_s)
        await asyncio.sleep(wait_s)
