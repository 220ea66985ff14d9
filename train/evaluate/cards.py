"""The system turn as serving would send it for a question: the persona's prompt with the cards it recalls.

Knows how recall and persona fit together. Does not know models.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

from model.facts import FACTS, Facts, write
from model.persona import Persona
from model.recall import recall


def shown(persona: Persona, facts: Facts) -> Callable[[str], str]:
    """Return a function from a question to the system turn with its cards."""
    return lambda question: persona.system_text(recall(persona, facts, question))


def kept(folder: Path, utterances: Iterable[str]) -> Facts:
    """Write the utterances into ``folder`` as a checkpoint will hold them, and return them."""
    path = folder / FACTS
    path.unlink(missing_ok=True)
    write(path, utterances)
    return Facts(path)
