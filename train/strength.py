"""How strongly an adapter speaks: which scale of it is published (WiSE-FT, Wortsman et al. 2022, arXiv 2109.01903).

Knows the style score and the rule: of all strengths that pass the gate the one that sounds most like the persona, the
weaker of equals. Does not know models or how a metric is measured.
"""

from collections.abc import Callable, Iterable, Mapping

from train.evaluate.gate import Verdict
from train.evaluate.measure import Measure

STYLE_DIGITS = 2
"""Scores that round to the same are equal: forty replies tell no more."""


def style_score(measures: Mapping[str, Measure]) -> float:
    """Return the mean closeness to the persona's lines, 0 to 1, of register (S1), endings (S2), length (S3) and letters
    (S4), as far as they were measured.
    """
    shares = [measures[id_] for id_ in ("S1", "S2") if id_ in measures]
    closeness = [1 - abs(share.value - share.own) for share in shares if share.own is not None]
    closeness += [max(0.0, 1 - measures[id_].value) for id_ in ("S3", "S4") if id_ in measures]
    return sum(min(each, 1.0) for each in closeness) / len(closeness) if closeness else 0.0


def by_style(scores: Mapping[float, float]) -> list[float]:
    """Return the strengths, the one that sounds most like the persona first; of equals the weaker first."""
    return sorted(scores, key=lambda strength: (-round(scores[strength], STYLE_DIGITS), strength))


def first_feasible(strengths: Iterable[float], judge: Callable[[float], Verdict]) -> float:
    """Return the first strength that passes, and where none does the one that is nearest to passing.

    Knowledge only falls as an adapter speaks up: beyond a strength that failed on it, none is judged.
    """
    verdicts: dict[float, Verdict] = {}
    limit = float("inf")
    for strength in strengths:
        if strength >= limit:
            continue
        verdict = verdicts[strength] = judge(strength)
        if verdict.has_passed:
            return strength
        if {"G1", "G2", "G3"} & set(verdict.failed):
            limit = strength
    return min(verdicts, key=lambda strength: verdicts[strength].violation)
