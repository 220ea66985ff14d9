"""The final exam of a run: the untouched base, every strength of the adapter in short, and the chosen one in full.

Knows what is asked of whom, and in which order, so that nothing is asked twice. Does not know how metrics are counted
or which strength is best.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from train.evaluate import gate, metrics
from train.evaluate.distance import style_distance
from train.evaluate.gate import Verdict
from train.evaluate.material import Material, Questions
from train.evaluate.measure import Measure
from train.evaluate.metrics import Findings
from train.evaluate.subject import Subject
from train.progress import Progress
from train.strength import by_style, first_feasible, style_score
from train.tunable import Tunable

log = logging.getLogger(__name__)

PROBES_IN_SHORT = 22
"""Enough for a curve; the chosen strength is asked all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exam:
    """What the tuned model at ``strength`` and its untouched base came to; the model is left at that strength."""

    tuned: Findings
    bare: Findings
    strength: float


@dataclass(frozen=True, slots=True)
class Examiner:
    """Asks ``tunable``; ``record`` is told what each strength came to."""

    tunable: Tunable
    material: Material
    record: Callable[[Mapping[str, Any]], None]

    def examine(self, strengths: Sequence[float], progress: Progress) -> Exam:
        """Choose among ``strengths`` and measure; where there is nothing to choose, or no adapter, 1 is measured."""
        tried = strengths if self.tunable.has_strength else ()
        progress.stage("evaluate", len(tried) + 2)
        with self.tunable.untouched() as base:
            bare = metrics.measure(self._subject(base), self.material)
        progress.advance()
        self.tunable.model.eval()
        in_short = {}
        for strength in tried:
            in_short[strength] = self._in_short(strength, bare)
            progress.advance()
        exam = self._chosen(in_short, bare) if in_short else Exam(tuned=self._in_full(bare), bare=bare, strength=1.0)
        progress.advance()
        return exam

    def _chosen(self, in_short: Mapping[float, Mapping[str, Measure]], bare: Findings) -> Exam:
        """Measure in full, the best sounding first, until one passes."""
        full: dict[float, Findings] = {}

        def judge(strength: float) -> Verdict:
            self.tunable.set_strength(strength)
            full[strength] = self._in_full(bare)
            return gate.judge(full[strength].measures, bare.measures)

        scores = {strength: style_score(measures) for strength, measures in in_short.items()}
        chosen = first_feasible(by_style(scores), judge)
        self.tunable.set_strength(chosen)
        for strength, measures in in_short.items():
            values = {id_: round(measure.value, 4) for id_, measure in measures.items()}
            line = {"strength": strength, "style": round(scores[strength], 4), "metrics": values}
            self.record({**line, "is_chosen": strength == chosen})
        log.info("strength=%s tried=%d measured=%d", chosen, len(in_short), len(full))
        return Exam(tuned=full[chosen], bare=bare, strength=chosen)

    def _in_full(self, bare: Findings) -> Findings:
        return metrics.measure(self._subject(self.tunable.model), self.material, beside=bare)

    def _in_short(self, strength: float, bare: Findings) -> dict[str, Measure]:
        """Return how it sounds in one reply to each opening, and what it knows of every third probe."""
        self.tunable.set_strength(strength)
        own = self.material
        questions = Questions(own.questions.prompts, own.few(probes=PROBES_IN_SHORT).questions.probes)
        asked = replace(own, questions=questions, held_out=(), persona_probes=())
        found = metrics.measure(self._subject(self.tunable.model), asked, seeds=metrics.SEEDS[:1])
        distance = style_distance(
            _texts(found), base=_texts(bare), training=own.training, held_out=[said.text for said in own.held_out]
        )
        return {**found.measures, **({"S4": distance} if distance else {})}

    def _subject(self, model: Any) -> Subject:
        return Subject(model, self.tunable.tokenizer, self.tunable.device)


def _texts(found: Findings) -> list[str]:
    return [reply for replies in found.chats.values() for reply in replies]
