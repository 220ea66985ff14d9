"""What is asked in a measurement: prompts of realistic lengths and answers of a length set beforehand.

Knows numbers of tokens. Does not know what they mean: the tokens are random, since only their number costs time.
"""

import random
from dataclasses import dataclass

_PERSONA_TOKENS = 150  # a system turn with a few fact cards
_QUESTION_TOKENS = (10, 50)
_ANSWER_TOKENS = (20, 60)
_FIRST_TOKEN = 10  # control tokens stand before
_LAST_TOKEN = 4000  # every vocabulary measured here is larger


@dataclass(frozen=True, slots=True)
class Ask:
    """One prompt, and how many tokens are to follow it."""

    prompt: tuple[int, ...]
    num_tokens: int


def asks(count: int, seed: int) -> list[Ask]:
    """Return ``count`` asks, the same for the same seed: 180 tokens to read and 40 to write on average.

    All begin with the same persona.
    """
    dice = random.Random(seed)
    persona = _tokens(dice, _PERSONA_TOKENS)
    return [
        Ask(persona + _tokens(dice, dice.randint(*_QUESTION_TOKENS)), dice.randint(*_ANSWER_TOKENS))
        for _ in range(count)
    ]


def _tokens(dice: random.Random, count: int) -> tuple[int, ...]:
    return tuple(dice.randint(_FIRST_TOKEN, _LAST_TOKEN) for _ in range(count))
