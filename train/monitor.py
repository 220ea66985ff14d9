"""Watches a run from inside: a small report card every few steps, and the weights of the best step so far.

Knows the gate and what counts as better. Does not know optimisation. The held-out loss alone would keep the step that
has forgotten most (docs/training.md), so a step that passes the gate is better than any that fails it, and only among
steps that pass the held-out loss decides; among those that fail, how far they are from passing.
"""

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from torch import Tensor

from train.evaluate import gate, metrics
from train.evaluate.material import ARTICLE, Material, neutral
from train.evaluate.metrics import Findings
from train.evaluate.subject import Asking, Subject
from train.run import Run, State
from train.tunable import Tunable

FILM = ARTICLE[0]
"""The question whose answers the original experiment is remembered for; its reply is kept at every look."""

log = logging.getLogger(__name__)


class Monitor:
    """Looks at ``tunable`` with every probe of ``material``, so that the step kept for its knowledge passes the final
    gate on it, with half of the prompts, once, and a quarter of the neutral sentences.
    """

    def __init__(self, tunable: Tunable, material: Material, run: Run) -> None:
        """Ask the untouched base first, so that later looks have something to be held against."""
        self._tunable, self._run = tunable, run
        own = material.questions
        few = replace(own, prompts=own.prompts[::2], sentences=own.sentences[::4])
        self._material = replace(material, questions=few, persona_probes=(), has_bare_recitals=False)
        with tunable.untouched() as base:
            self._base = self._measure(base, None)
            self._film_of_base = self._film(base)

    def start(self) -> dict[str, Any]:
        """Return the figures of step 0, which is the untouched base."""
        return self._figures(0, self._base, (), self._film_of_base)

    def look(self, step: int, weights: Mapping[str, Tensor]) -> dict[str, Any]:
        """Return the figures of ``step`` and keep ``weights`` when no earlier step was better."""
        model = self._tunable.model.eval()
        found = self._measure(model, self._base)
        verdict = gate.judge(found.measures, self._base.measures)
        held_out = found.measures["H1"].value if "H1" in found.measures else -float(step)
        self._run.keep_if_best(State(step, weights), (verdict.violation, held_out))
        log.info("looked step=%d failed=%s", step, ",".join(verdict.failed) or "none")
        return self._figures(step, found, verdict.failed, self._film(model))

    def _figures(self, step: int, found: Findings, failed: tuple[str, ...], film: str) -> dict[str, Any]:
        values = {id_: round(measure.value, 4) for id_, measure in found.measures.items()}
        return {"step": step, "held_out": values.get("H1"), "failed": list(failed), "metrics": values, "film": film}

    def _measure(self, model: Any, beside: Findings | None) -> Findings:
        return metrics.measure(self._subject(model), self._material, seeds=(1,), beside=beside)

    def _film(self, model: Any) -> str:
        return self._subject(model).replies([neutral(FILM)], Asking(max_tokens=32))[0].text

    def _subject(self, model: Any) -> Subject:
        return Subject(model, self._tunable.tokenizer, self._tunable.device)
