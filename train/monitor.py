"""Watches a run from inside: a small report card every few steps, and the weights of the best step so far.

Knows the gate and what counts as better. Does not know optimisation. The held-out loss alone would keep the step that
has forgotten most (docs/training.md), so a step that passes the gate is better than any that fails it, and only among
equals the held-out loss decides.
"""

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from torch import Tensor

from train.evaluate import gate, metrics
from train.evaluate.material import Material, Questions, neutral
from train.evaluate.metrics import Findings
from train.evaluate.subject import Asking, Subject
from train.run import Run, State
from train.tunable import Tunable

FILM = "日本の首都は？"
"""The question whose answers the original experiment is remembered for; its reply is kept at every look."""

log = logging.getLogger(__name__)


class Monitor:
    """Looks at ``tunable`` with every probe of ``material``, so that the step kept for its knowledge passes the final
    gate on it, and with half of the prompts, once.
    """

    def __init__(self, tunable: Tunable, material: Material, run: Run) -> None:
        """Ask the untouched base first, so that later looks have something to be held against."""
        self._tunable, self._run = tunable, run
        few = Questions(material.questions.prompts[::2], material.questions.probes)
        self._material = replace(material, questions=few)
        with tunable.untouched() as base:
            self._base = metrics.measure(self._subject(base), self._material, seeds=(1,))

    def look(self, step: int, weights: Mapping[str, Tensor]) -> dict[str, Any]:
        """Return the figures of ``step`` and keep ``weights`` when no earlier step was better."""
        model = self._tunable.model.eval()
        found = self._measure(model)
        failed = gate.judge(found.measures, self._base.measures).failed
        held_out = found.measures["H1"].value if "H1" in found.measures else -float(step)
        self._keep_if_best(State(step, weights), (len(failed), held_out))
        values = {id_: round(measure.value, 4) for id_, measure in found.measures.items()}
        log.info("looked step=%d failed=%s", step, ",".join(failed) or "none")
        film = self._film(model)
        return {"step": step, "held_out": values.get("H1"), "failed": failed, "metrics": values, "film": film}

    def _measure(self, model: Any) -> Findings:
        return metrics.measure(self._subject(model), self._material, seeds=(1,), beside=self._base)

    def _film(self, model: Any) -> str:
        return self._subject(model).replies([neutral(FILM)], Asking(max_tokens=32))[0].text

    def _subject(self, model: Any) -> Subject:
        return Subject(model, self._tunable.tokenizer, self._tunable.device)

    def _keep_if_best(self, state: State, badness: tuple[int, float]) -> None:
        best = self._run.best_badness()
        if best is None or badness <= best:
            self._run.keep(state, badness)
