"""Whether the bot speaks at all. Knows call names; does not know platforms, history or what would be said."""

import unicodedata

from bot.message import IncomingMessage


class Policy:
    """Answers direct messages, what is addressed to the bot, and what begins with one of its call names."""

    def __init__(self, call_names: tuple[str, ...] = ()) -> None:
        self._call_names = tuple(_folded(name) for name in call_names)

    def is_for_us(self, message: IncomingMessage) -> bool:
        """Tell whether this message wants an answer, be it only the question what was meant."""
        return message.is_direct or message.is_addressed or self._is_called(message.text)

    def _is_called(self, text: str) -> bool:
        return _folded(text).lstrip("@").startswith(self._call_names) if self._call_names else False


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()
