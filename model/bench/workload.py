"""What is asked in a measurement: prompts of realistic lengths and answers of a length set beforehand.

Knows numbers of tokens. Does not know what they mean: the tokens are random, since only their number costs time.
"""

import random
from dataclasses import dataclass
from typing import Literal

Kind = Literal["chat", "ragged"]

_PERSONA_TOKENS = 150  # a system turn with a few fact cards
_QUESTION_TOKENS = (10, 50)
_ANSWER_TOKENS = (20, 60)
_RAGGED_ASKS = 16
_RAGGED_PROMPT_TOKENS = (8, 40)
_RAGGED_ANSWER_TOKENS = (8, 48)
_FIRST_TOKEN = 10  # control tokens stand before
_LAST_TOKEN = 4000  # every vocabulary measured here is larger


@dataclass(frozen=True, slots=True)
class Ask:
    """One prompt, and how many tokens are to follow it."""

    prompt: tuple[int, ...]
    num_tokens: int


@dataclass(frozen=True, slots=True)
class Workload:
    """``asks`` in the order they come; ``concurrency`` of them at once, the next as soon as one is answered."""

    asks: tuple[Ask, ...]
    concurrency: int


def workload(kind: Kind, concurrency: int, seed: int) -> Workload:
    """Return the same for the same seed: a chat where everybody asks at once, or sixteen asks of ragged lengths."""
    made = asks(concurrency, seed) if kind == "chat" else ragged(seed)
    return Workload(tuple(made), concurrency)


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


def ragged(seed: int) -> list[Ask]:
    """Return sixteen asks that have nothing in common: 8 to 40 tokens to read, 8 to 48 to write."""
    dice = random.Random(seed)
    return [
        Ask(_tokens(dice, dice.randint(*_RAGGED_PROMPT_TOKENS)), dice.randint(*_RAGGED_ANSWER_TOKENS))
        for _ in range(_RAGGED_ASKS)
    ]


def _tokens(dice: random.Random, count: int) -> tuple[int, ...]:
    return tuple(dice.randint(_FIRST_TOKEN, _LAST_TOKEN) for _ in range(count))
