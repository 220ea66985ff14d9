"""Whether the bot speaks at all. Knows call names; does not know platforms, history or what would be said."""

from bot.message import IncomingMessage


class Policy:
    """Answers direct messages, what is addressed to the bot, and what begins with one of its call names."""

    def __init__(self, call_names: tuple[str, ...] = ()) -> None:
        self._call_names = call_names

    def is_for_us(self, message: IncomingMessage) -> bool:
        """Tell whether this message wants an answer."""
        raise NotImplementedError
