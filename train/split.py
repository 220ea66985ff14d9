"""Chooses the utterances that training never sees.

Knows threads, near duplicates and age. Does not know what the held-out utterances are used for.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from train import duplicates
from train.utterance import Utterance

SHARE = 0.15
MIN_HELD_OUT = 20
MAX_HELD_OUT = 200
MAX_SHARE = 1 / 3


def held_out(utterances: Sequence[Utterance]) -> list[str]:
    """Return the ids of the newest 15 %: 20 to 200, but never more than a third.

    Threads and near duplicates stay on one side, so that nothing held out is answered or repeated in training. Age is
    counted within each source, since talks carry no dates: each gives its newest part.
    """
    quota = min(max(round(SHARE * len(utterances)), MIN_HELD_OUT), MAX_HELD_OUT, int(MAX_SHARE * len(utterances)))
    ages = _ages(utterances)
    groups = sorted(_groups(utterances), key=lambda group: max(ages[position] for position in group), reverse=True)
    chosen: list[int] = []
    for group in groups:
        if len(chosen) + len(group) <= quota:
            chosen.extend(group)
    return [utterances[position].id for position in sorted(chosen)]


def _ages(utterances: Sequence[Utterance]) -> list[float]:
    """Return where each utterance stands in its own source: 0 is the oldest, 1 the newest."""
    of_source: defaultdict[str, list[int]] = defaultdict(list)
    for position, utterance in enumerate(utterances):
        of_source[utterance.source].append(position)
    ages = [0.0] * len(utterances)
    for positions in of_source.values():
        for rank, position in enumerate(positions, 1):
            ages[position] = rank / len(positions)
    return ages


def _groups(utterances: Sequence[Utterance]) -> Iterable[list[int]]:
    """Return the positions that must stay together: one thread, or nearly the same text."""
    heads = duplicates.clusters([duplicates.key(utterance.text) for utterance in utterances])
    first_of_thread: dict[str, int] = {}
    for position, utterance in enumerate(utterances):
        if utterance.thread is not None:
            first = first_of_thread.setdefault(utterance.thread, position)
            _join(heads, first, position)
    groups: defaultdict[int, list[int]] = defaultdict(list)
    for position in range(len(heads)):
        groups[_root(heads, position)].append(position)
    return groups.values()


def _join(heads: list[int], left: int, right: int) -> None:
    left, right = _root(heads, left), _root(heads, right)
    heads[max(left, right)] = min(left, right)


def _root(heads: list[int], position: int) -> int:
    while heads[position] != position:
        position = heads[position]
    return position
