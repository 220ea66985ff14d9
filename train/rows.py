"""Which rows a run shows: the views of the utterances, or bare lines, and the anchors between them.

Knows what a recipe asks for. Does not know how a row is encoded, drawn or learnt from.
"""

import logging
from dataclasses import dataclass
from pathlib import Path

from model.persona import Persona
from train.anchors import Anchors, answers, encode_facts, encode_lanes
from train.conversations import asked, content_nouns, monologue, real
from train.evaluate.material import Material
from train.evaluate.subject import Subject
from train.imagined import NOTHING, imagine
from train.loop import Rows
from train.recipe import Recipe
from train.samples import RawLines, Samples, Weighted
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
        views = recipe.views
        return Samples(
            utterances=self.utterances,
            views=(
                Weighted(real, views.real),
                Weighted(imagined.asked(asked(content_nouns())), views.asked),
                Weighted(imagined.rewritten, views.rewritten),
                Weighted(monologue, views.monologue),
            ),
            system=self.persona.system_text(),
            tokenizer=tokenizer,
            max_len=recipe.max_len,
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
