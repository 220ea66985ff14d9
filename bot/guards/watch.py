"""Looks at one answer with every guard, gravest fault first. Knows the order; each guard knows its own fault."""

from dataclasses import dataclass, field

from bot.guards import copies, form, honesty, identity, leaks, register
from bot.guards.fault import Fault
from model.conversation import Role, Turn
from model.facts import Facts
from model.persona import Fact, Persona

NUM_REMEMBERED = 3
MIN_REPEATED_CHARS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What an answer is judged against: whose it is, what that persona has said, and what was said before.

    ``asked`` are the cards a question about the persona itself asks for (`model.recall.asked_cards`); a bare base is
    nobody, so there are none.
    """

    persona: Persona
    facts: Facts
    history: tuple[Turn, ...] = field(default=())
    asked: tuple[Fact, ...] = ()


def fault(text: str, scene: Scene) -> Fault | None:
    """Return what is wrong with a cleaned answer. Raises FactsError when the utterances cannot be read."""
    if broken := form.broken(text):
        return broken
    told = [f"{fact.topic} {fact.text}" for fact in scene.persona.facts]
    if leaks.is_private(text, told):
        return Fault.PRIVATE
    if leaks.is_leak(text, scene.persona.system_prompt):
        return Fault.LEAKED
    if copies.is_copy(text, scene.facts, told):
        return Fault.COPIED
    if identity.claims_ai(text):
        return Fault.CLAIMS_AI
    if untrue := honesty.untrue(text, scene.asked, scene.persona.unknown):
        return untrue
    if register.speaks_plainly(scene.persona.system_prompt) and register.is_polite(text):
        return Fault.POLITE
    return Fault.REPEATED if _is_repeated(text, scene.history) else None


def _is_repeated(text: str, history: tuple[Turn, ...]) -> bool:
    """Return whether one of the last answers said the same, greetings and nods aside."""
    said = [copies.core(turn.text) for turn in history if turn.role is Role.ASSISTANT][-NUM_REMEMBERED:]
    own = copies.core(text)
    return len(own) >= MIN_REPEATED_CHARS and own in said
