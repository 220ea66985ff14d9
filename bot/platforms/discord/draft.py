"""An answer that can be read while it is being written: the one writer of one message.

Discord allows few edits, and edits that run side by side end in any order. So one task writes, always the latest text,
with a pause after each write; the last write is always made, and made last.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.platforms.base import DeliveryFailed, DeliveryRefused
from bot.platforms.discord.markup import first_piece
from bot.platforms.discord.places import Place, View

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tempo:
    """Nothing is written in the first ``first_after_s``: a quick answer is posted once, whole.

    Whoever has waited ``notice_after_s`` for their turn is told how long it will take. Discord shows "is typing" for
    ten seconds, so it is told again every ``typing_s``.
    """

    first_after_s: float = 1.2
    apart_s: float = 1.2
    notice_after_s: float = 3.0
    typing_s: float = 8.0


class Draft:
    """Shows a text that grows. After ``finish`` or ``take_back`` what is shown is no longer written.

    ``on_refused`` is told when Discord will never take the answer: there is no use in composing it further.
    ``on_taken_back`` is told when nobody asks for this draft any more.
    """

    def __init__(
        self,
        place: Place,
        tempo: Tempo,
        *,
        on_refused: Callable[[], Awaitable[object]],
        on_taken_back: Callable[[], object],
    ) -> None:
        self._place = place
        self._tempo = tempo
        self._on_refused = on_refused
        self._on_taken_back = on_taken_back
        self._latest = self._written = ""
        self._written_at = float("-inf")
        self._news, self._is_over = asyncio.Event(), False
        self._writing = asyncio.create_task(self._write())

    def show(self, text: str) -> None:
        """Let the message read so before long, as far as it fits, unless something newer comes first."""
        self._latest = first_piece(text)
        self._news.set()

    async def finish(self, text: str, view: View | None = None) -> int:
        """Let the message read so for good; return its id. Raises DeliveryFailed, to be called again, and refusals."""
        await self._end()
        await asyncio.sleep(self._written_at + self._tempo.apart_s - _now())
        return await self._place.write(text, view)

    async def take_back(self) -> None:
        """Take away what was shown: its question is no longer asked."""
        await self._end()
        try:
            if self._written:
                await self._place.remove()
        except (DeliveryFailed, DeliveryRefused) as error:
            log.warning("a draft could not be taken back: %s", error)
        finally:
            self._on_taken_back()

    async def stop(self) -> None:
        """Show nothing more until ``finish``; what is being written now may or may not arrive."""
        self._is_over = True
        self._writing.cancel()
        await asyncio.wait((self._writing,))

    async def _end(self) -> None:
        self._is_over = True
        self._news.set()
        await asyncio.wait((self._writing,))

    async def _write(self) -> None:
        await self._rest(self._tempo.first_after_s)
        while not self._is_over:
            if self._latest == self._written:
                self._news.clear()
                await self._news.wait()
                continue
            if not await self._write_latest():
                return
            await self._rest(self._tempo.apart_s)

    async def _write_latest(self) -> bool:
        """Write; False when nothing more is to be shown before the last write, which tries again."""
        self._written, self._written_at = self._latest, _now()
        try:
            await self._place.write(self._written)
        except DeliveryFailed as error:
            log.info("a draft is not shown further: %s", error)
            return False
        except DeliveryRefused as error:
            log.warning("an answer is refused while it is being written: %s", error)
            await self._on_refused()
            return False
        self._written_at = _now()
        return True

    async def _rest(self, seconds: float) -> None:
        until = _now() + seconds
        while not self._is_over and (left := until - _now()) > 0:
            self._news.clear()
            try:
                async with asyncio.timeout(left):
                    await self._news.wait()
            except TimeoutError:
                return


def _now() -> float:
    return asyncio.get_running_loop().time()
