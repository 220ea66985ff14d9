"""M1 and M3: how much of the training lines a model can recite. Both read the same continuations.

Knows lines and what followed their first five characters. Does not know models. Lines that were held out are the
yardstick: what comes out of those was never learnt by heart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from train.evaluate import form
from train.evaluate.measure import Measure, bootstrapped, difference, resamples, share

Item = TypeVar("Item")

NUM_GIVEN_CHARS, MIN_LINE_CHARS, GRAM_CHARS = 5, 9, 6


@dataclass(frozen=True, slots=True)
class Recital:
    """A line and what a model said behind its first five characters."""

    line: str
    continuation: str

    @property
    def is_whole(self) -> bool:
        """Whether the rest of the line came out, symbols aside."""
        return form.core(self.continuation).startswith(form.core(self.line[NUM_GIVEN_CHARS:]))

    @property
    def overlap(self) -> float:
        """The share of the line's six-character pieces that came out."""
        wanted = _pieces(self.line)
        return len(wanted & _pieces(self.line[:NUM_GIVEN_CHARS] + self.continuation)) / len(wanted)


def fit_to_recite(lines: Sequence[str], most: int) -> list[str]:
    """Return at most ``most`` lines that are long enough, spread evenly over all of them."""
    fit = [line for line in lines if len(line) >= MIN_LINE_CHARS and form.core(line[NUM_GIVEN_CHARS:])]
    return spread(fit, most)


def spread(items: Sequence[Item], most: int) -> list[Item]:
    """Return at most ``most`` items at even distances."""
    num = min(most, len(items))
    return [items[place * len(items) // num] for place in range(num)]


def opening(line: str) -> str:
    """Return what of a line is given."""
    return line[:NUM_GIVEN_CHARS]


def gaps(training: Sequence[Recital], held_out: Sequence[Recital]) -> dict[str, Measure]:
    """Return M1, lines recited whole, and M3, six-character pieces recited: training minus held out."""
    if not training or not held_out:
        return {}
    return {"M1": _whole_gap(training, held_out), "M3": _overlap_gap(training, held_out)}


def bare_gap(training: Sequence[Recital], held_out: Sequence[Recital]) -> dict[str, Measure]:
    """Return M1 of lines that were begun outside any conversation."""
    return {"M1_bare": _whole_gap(training, held_out)} if training and held_out else {}


def _whole_gap(training: Sequence[Recital], held_out: Sequence[Recital]) -> Measure:
    return difference(*(share(sum(one.is_whole for one in side), len(side)) for side in (training, held_out)))


def _overlap_gap(training: Sequence[Recital], held_out: Sequence[Recital]) -> Measure:
    learnt, unseen = (np.array([one.overlap for one in side]) for side in (training, held_out))
    draws = learnt[resamples(len(learnt))].mean(1) - unseen[resamples(len(unseen), seed=1)].mean(1)
    return bootstrapped(float(learnt.mean() - unseen.mean()), draws, len(learnt))


def _pieces(text: str) -> set[str]:
    return {text[start : start + GRAM_CHARS] for start in range(len(text) - GRAM_CHARS + 1)}
