"""Drafts persona.toml from the data when nobody wrote one. Knows register; does not know tokens or tuning."""

from collections.abc import Sequence

from model.persona import Persona
from train.evaluate.style import count_plain

PLAIN_PROMPT = "あなたは常体で応答します。"
POLITE_PROMPT = "あなたは敬体で応答します。"


def draft(name: str, lines: Sequence[str]) -> Persona:
    """Return a persona of this name whose system prompt asks for the register most of the lines are in."""
    plain, total = count_plain(lines)
    return Persona(name=name, system_prompt=PLAIN_PROMPT if 2 * plain >= total else POLITE_PROMPT)
