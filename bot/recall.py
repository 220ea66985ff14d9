"""Finds the persona's facts that a question is about. Knows fact cards; does not know where they come from."""

import unicodedata

from model.persona import Fact, Persona

MAX_FACTS = 3
"""More cards than this push the question out of a small model's sight."""


def recall(persona: Persona, question: str) -> tuple[Fact, ...]:
    """Return the cards whose topic or alias occurs in the question, those with the longest match first."""
    asked = _folded(question)
    found = [(length, fact) for fact in persona.facts if (length := _longest_match(fact, asked))]
    found.sort(key=lambda pair: -pair[0])
    return tuple(fact for _, fact in found[:MAX_FACTS])


def _longest_match(fact: Fact, asked: str) -> int:
    words = (_folded(word) for word in (fact.topic, *fact.aliases))
    return max((len(word) for word in words if word and word in asked), default=0)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
