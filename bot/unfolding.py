"""Shows an answer while it is still being said: the whole sentences so far, once nothing is wrong with them.

Knows sentences and the guards. Does not know where anything is shown. A text the guards reject is never shown; what
comes after a sentence that was shown may still be rejected, and the next try then takes its place.
"""

import asyncio
from collections.abc import Callable

from bot import guards

Show = Callable[[str], None]


def show_nothing(_text: str) -> None:
    """Where nobody can watch."""


class Unfolding:
    """Hears one answer, part by part; nothing may be wrong with it in any of the ``scenes``."""

    def __init__(self, show: Show, *scenes: guards.Scene) -> None:
        self._show = show
        self._scenes = scenes
        self._said = ""
        self._num_shown = 0

    async def hear(self, part: str) -> None:
        """Show what has become certain by this part."""
        self._said += part
        end = guards.last_sentence_end(self._said)
        if end <= self._num_shown:
            return
        self._num_shown = end
        text = guards.clean(self._said[:end])
        if not await asyncio.to_thread(lambda: any(guards.fault(text, scene) for scene in self._scenes)):
            self._show(text)
