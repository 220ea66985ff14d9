"""What the bot is about to say and how it came about. Knows words, counts and names; computes nothing."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """What to say, and how it came about: by which checkpoint, why it ended, in how many tokens.

    ``system`` is the system turn the model read, ``num_history`` the turns it read between that and the question,
    ``facts`` what was recalled for the question, ``verdicts`` what the guards found, one word for each try they refused
    or let through with a fault.
    ``is_usable`` is false when the checkpoint said nothing that could be shown, and ``text`` is the bot's own way out.
    """

    text: str
    is_usable: bool = True
    checkpoint: str
    finish_reason: str
    num_tokens: int
    system: str = ""
    num_history: int = 0
    facts: tuple[str, ...] = ()
    verdicts: tuple[str, ...] = ()

    @property
    def outcome(self) -> str:
        """How it ended, in one word: answered, retried, or speechless."""
        if not self.is_usable:
            return "speechless"
        return "retried" if self.verdicts else "answered"
