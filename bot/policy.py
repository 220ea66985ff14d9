"""Whether the bot speaks at all. Knows call names; does not know platforms, history or what would be said."""

import unicodedata
from collections.abc import Callable

from bot.message import IncomingMessage


class Policy:
    """Answers direct messages, what is addressed to the bot, and what begins with one of its call names.

    ``call_names`` are those of the settings; ``persona_call_names`` returns those of whoever answers now.
    """

    def __init__(
        self, call_names: tuple[str, ...] = (), persona_call_names: Callable[[], tuple[str, ...]] = tuple
    ) -> None:
        self._call_names = call_names
        self._persona_call_names = persona_call_names

    def is_for_us(self, message: IncomingMessage) -> bool:
        """Tell whether this message wants an answer, be it only the question what was meant."""
        return message.is_direct or message.is_addressed or self._is_called(message.text)

    def _is_called(self, text: str) -> bool:
        names = tuple(_folded(name) for name in (*self._call_names, *self._persona_call_names()))
        return _folded(text).lstrip("@").startswith(names)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()
