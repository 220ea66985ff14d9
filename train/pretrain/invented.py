"""Gathers the invented parts of the mix: facts, everyday talk, cards. Knows files, not their content."""

import random
import tomllib
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

from train.pretrain.cards import answer_cards, persona_cards
from train.pretrain.corpus import titled_questions
from train.pretrain.dialogue import Scene
from train.pretrain.everyday import everyday
from train.pretrain.facts import facts
from train.pretrain.grams import holds
from train.pretrain.mixture import CARDS, EVERYDAY, FACTS

PERSONA_SHARE = 0.6

Invented = dict[str, Callable[[random.Random], Iterator[Scene]]]


def invented(corpora: Path, kept_out: frozenset[str] = frozenset()) -> Invented:
    """Return a generator of scenes for each invented part; no question that holds a run of ``kept_out`` is asked."""
    return {
        FACTS: lambda rng: facts(table("facts.toml"), rng),
        EVERYDAY: lambda rng: everyday(table("everyday.toml"), rng),
        CARDS: lambda rng: _cards(corpora, kept_out, rng),
    }


def table(name: str) -> dict[str, Any]:
    """Read one of the tables written for pretraining."""
    return tomllib.loads(files(__package__).joinpath("tables", name).read_text(encoding="utf-8"))


def _cards(corpora: Path, kept_out: frozenset[str], rng: random.Random) -> Iterator[Scene]:
    found = [(title, document) for title, document in titled_questions(corpora) if not holds(document.parts, kept_out)]
    answering = answer_cards([document for _, document in found], [title for title, _ in found], rng)
    personas = persona_cards(table("cards.toml")["topics"], rng)
    while True:
        yield next(personas if rng.random() < PERSONA_SHARE else answering)
