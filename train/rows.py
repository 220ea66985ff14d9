"""Which rows a run shows: the views of the utterances, or bare lines, and the anchors between them.

Knows what a recipe asks for. Does not know how a row is encoded, drawn or learnt from.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model.facts import Facts
from model.persona import Persona
from model.recall import recall
from train.anchors import Anchors, answers, encode_facts, encode_lanes
from train.conversations import Said, asked, content_nouns, monologue, real
from train.evaluate.material import Material
from train.evaluate.subject import Subject
from train.imagined import NOTHING, Imagined, imagine
from train.loop import Rows
from train.recipe import Recipe
from train.samples import RawLines, Sample, Samples, Weighted
from train.tunable import Tunable
from train.utterance import Utterance

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What rows are made of. ``cache`` is the folder that keeps what the base was asked once."""

    recipe: Recipe
    persona: Persona
    utterances: tuple[Utterance, ...]
    material: Material
    cache: Path
    seed: int

    def rows(self, tunable: Tunable) -> Rows:
        """Return the rows of every epoch."""
        recipe, tokenizer = self.recipe, tunable.tokenizer
        if recipe.raw_lines:
            return RawLines(
                utterances=self.utterances, tokenizer=tokenizer, max_len=recipe.max_len, has_end=recipe.end_token
            )
        imagined = NOTHING
        if recipe.is_instruct:
            with tunable.untouched() as base:
                subject = Subject(base, tokenizer, tunable.device)
                imagined = imagine(subject, self.utterances, self.cache, seed=self.seed)
        return _samples(
            recipe,
            persona=self.persona,
            utterances=self.utterances,
            tokenizer=tokenizer,
            imagined=imagined,
            seed=self.seed,
        )

    def anchors(self, tunable: Tunable) -> Anchors | None:
        """Return the rows of both lanes; None where the recipe asks for none, or the base ends no answer by itself."""
        own = self.recipe.anchors
        if not own.neutral and not own.persona:
            return None
        with tunable.untouched() as base:
            subject = Subject(base, tunable.tokenizer, tunable.device)
            said = answers(subject, self.cache, max_tokens=own.max_tokens)
        if not said:
            log.warning("anchors=0 reason=the base ends none of its answers by itself")
            return None
        bare, masked = encode_lanes(tunable.tokenizer, said, self.material, self.seed)
        return Anchors(
            neutral_rows=bare,
            persona_rows=masked,
            fact_rows=encode_facts(tunable.tokenizer, self.persona, self.material.training, self.seed),
            num_neutral=own.neutral,
            num_persona=own.persona,
            num_facts=own.facts,
            seed=self.seed,
        )


def with_cards(persona: Persona) -> Callable[[str], str]:
    """Return what makes the system turn of a remark: with the fact cards that serving would put there.

    Not with utterances, which could be the answer itself, nor with the card that says nothing is known, since the
    answer may tell it.
    """
    told = persona.model_copy(update={"max_examples": 0})

    def system(remark: str) -> str:
        cards = recall(told, Facts(), remark)
        return persona.system_text(tuple(card for card in cards if card.text != persona.unknown))

    return system


def chat_rows(recipe: Recipe, persona: Persona, utterances: Sequence[Said], tokenizer: Any) -> list[Sample]:
    """Return the first epoch's rows without anything a base would have to be asked for."""
    samples = _samples(recipe, persona=persona, utterances=utterances, tokenizer=tokenizer, imagined=NOTHING, seed=0)
    return samples.epoch(0)


def _samples(
    recipe: Recipe,
    *,
    persona: Persona,
    utterances: Sequence[Said],
    tokenizer: Any,
    imagined: Imagined,
    seed: int,
) -> Samples:
    views = recipe.views
    return Samples(
        utterances=utterances,
        views=(
            Weighted(real, views.real),
            Weighted(imagined.asked(asked(content_nouns())), views.asked),
            Weighted(imagined.rewritten, views.rewritten),
            Weighted(monologue, views.monologue),
        ),
        system=with_cards(persona),
        tokenizer=tokenizer,
        max_len=recipe.max_len,
        seed=seed,
    )
