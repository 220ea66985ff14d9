"""The names of what can be wrong with an answer. Knows names alone."""

from enum import StrEnum


class Fault(StrEnum):
    """Why an answer is asked for once more."""

    EMPTY = "empty"
    DEGENERATE = "degenerate"
    REPEATED = "repeated"
    COPIED = "copied"
    PRIVATE = "private"
    LEAKED = "leaked"
    POLITE = "polite"
    CLAIMS_AI = "claims_ai"
    INVENTED = "invented"
    MISSED = "missed"

    @property
    def is_bearable(self) -> bool:
        """Tell whether an answer with this fault harms nobody: it is out of tune, or beside its card."""
        return self in {Fault.POLITE, Fault.REPEATED, Fault.MISSED}

    @property
    def is_about_cards(self) -> bool:
        """Tell whether the answer was not what the cards in front of the model say."""
        return self in {Fault.INVENTED, Fault.MISSED}
