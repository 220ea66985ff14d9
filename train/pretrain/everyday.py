"""Invents everyday talk from a table written by hand: greetings, feelings, food, weather. Knows no facts."""

import random
from collections.abc import Iterator
from typing import Any

from train.pretrain.dialogue import Scene, Turn, with_system

REPLY_COLUMN = {"plain": 2, "polite": 3}
FOLLOW_UP_SHARE = 0.2


def everyday(table: dict[str, Any], rng: random.Random) -> Iterator[Scene]:
    """Yield scenes of one to three exchanges; the other speaker's register varies, the assistant's does not."""
    while True:
        register = rng.choice(("plain", "polite"))
        scene: Scene = []
        for exchange in rng.sample(table["exchanges"], rng.choice((1, 1, 2, 3))):
            scene += _turns(exchange, register, rng)
            if rng.random() < FOLLOW_UP_SHARE:
                scene += _turns(rng.choice(table["follow_ups"]), register, rng)
        yield with_system(scene, rng)


def _turns(exchange: list[str], register: str, rng: random.Random) -> Scene:
    heard = rng.choice(exchange[:2])
    if rng.random() < 0.3:
        heard = heard.rstrip("。")
    return [Turn("user", heard), Turn("assistant", exchange[REPLY_COLUMN[register]])]
