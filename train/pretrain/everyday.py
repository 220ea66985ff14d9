"""Invents everyday talk from a table written by hand: greetings, feelings, food, weather. Knows no facts."""

import random
from collections.abc import Iterator
from typing import Any

from train.pretrain.dialogue import Scene, Turn, with_system

REPLY_COLUMN = {"plain": 2, "polite": 3}
TALK_SHARE = 0.35
FOLLOW_UP_SHARE = 0.2

Exchange = list[str]
"""What is said plainly, the same politely, the plain reply, the same politely."""


def everyday(table: dict[str, Any], rng: random.Random) -> Iterator[Scene]:
    """Yield talks, and exchanges in a row; the other speaker's register varies, the assistant's does not."""
    while True:
        is_talk = rng.random() < TALK_SHARE
        exchanges = rng.choice(table["talks"]) if is_talk else list(_in_a_row(table, rng))
        register = rng.choice(("plain", "polite"))
        yield with_system([turn for exchange in exchanges for turn in _turns(exchange, register, rng)], rng)


def _in_a_row(table: dict[str, Any], rng: random.Random) -> Iterator[Exchange]:
    """Yield one to three exchanges about anything, some of them taken further."""
    for exchange in rng.sample(table["exchanges"], rng.choice((1, 1, 2, 3))):
        yield exchange
        if rng.random() < FOLLOW_UP_SHARE:
            yield rng.choice(table["follow_ups"])


def _turns(exchange: Exchange, register: str, rng: random.Random) -> Scene:
    heard = rng.choice(exchange[:2])
    if rng.random() < 0.3:
        heard = heard.rstrip("。")
    return [Turn("user", heard), Turn("assistant", exchange[REPLY_COLUMN[register]])]
