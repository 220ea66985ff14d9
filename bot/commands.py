"""What authors and administrators can ask of the bot itself: one table for every platform.

Knows names, arguments and who may. Does not know how a platform shows a command. A text message such as
``/model use NAME`` runs through the inbox like any other, and the responder answers it from here; doors with commands
of their own (Discord's slash commands) call ``run`` and show what it returns.
"""

from dataclasses import dataclass

from bot.message import Platform


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandCall:
    """One use of a command. ``is_admin`` was decided by the door from configured ids."""

    platform: Platform
    conversation: str
    author_id: str
    is_admin: bool
    is_direct: bool
    words: tuple[str, ...]


class Commands:
    """Runs commands and returns the sentence for whoever asked. Never raises for what a person typed."""

    async def run(self, call: CommandCall) -> str:
        """Run ``call.words``; refused and unknown commands are answered too."""
        raise NotImplementedError
