"""Gathers the invented parts of the mix: facts, everyday talk, cards. Knows files, not their content."""

import json
import random
import tomllib
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

from train.pretrain.cards import answer_cards, persona_cards
from train.pretrain.corpus import Document, Kind
from train.pretrain.dialogue import Scene
from train.pretrain.everyday import everyday
from train.pretrain.facts import facts
from train.pretrain.mixture import CARDS, EVERYDAY, FACTS

PERSONA_SHARE = 0.6

Invented = dict[str, Callable[[random.Random], Iterator[Scene]]]


def invented(corpora: Path) -> Invented:
    """Return a generator of scenes for each invented part."""
    return {
        FACTS: lambda rng: facts(table("facts.toml"), rng),
        EVERYDAY: lambda rng: everyday(table("everyday.toml"), rng),
        CARDS: lambda rng: _cards(corpora, rng),
    }


def table(name: str) -> dict[str, Any]:
    """Read one of the tables written for pretraining."""
    return tomllib.loads(files(__package__).joinpath("tables", name).read_text(encoding="utf-8"))


def _cards(corpora: Path, rng: random.Random) -> Iterator[Scene]:
    records = [json.loads(line) for line in (corpora / "jaquad_qa.jsonl").read_text(encoding="utf-8").splitlines()]
    questions = [Document(Kind.QUESTION, (r["question"], r["answer"])).normalised() for r in records]
    answering = answer_cards(questions, [r["title"] for r in records], rng)
    personas = persona_cards(table("cards.toml")["topics"], rng)
    while True:
        yield next(personas if rng.random() < PERSONA_SHARE else answering)
