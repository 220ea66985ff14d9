"""Carries out what a reviewer wrote: every action can be taken back by writing another one.

Knows what each action does to an utterance. Does not know files.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from train.contents import Contents
from train.review_table import REVIEWER, ReviewError, Row
from train.utterance import Dropped, Utterance


def applied(contents: Contents) -> Contents:
    """Return ``contents`` with the action of every row carried out.

    Raises:
        ReviewError: a row asks for what cannot be done, or is about an utterance that is not there.
    """
    reasons = {drop.utterance.id: drop.reason for drop in contents.dropped}
    everything = {u.id: u for u in (*contents.utterances, *(drop.utterance for drop in contents.dropped))}
    rows_of = _by_id(contents.rows)
    for id_ in rows_of.keys() - everything.keys():
        raise ReviewError(f"review.tsv has a row for {id_}, which is not in the data set; take the row out.")
    rows: list[Row] = []
    for id_, own_rows in rows_of.items():
        verdict = _verdict(everything[id_], own_rows)
        everything[id_] = verdict.utterance
        rows.extend(verdict.rows)
        if verdict.reason is not None:
            reasons[id_] = verdict.reason
        elif any(row.dropped_reason for row in own_rows) or reasons.get(id_) == REVIEWER:
            reasons.pop(id_, None)
    return Contents(
        utterances=_in_order(u for u in everything.values() if u.id not in reasons),
        dropped=[Dropped(everything[id_], reason) for id_, reason in reasons.items()],
        rows=rows,
        consent=contents.consent,
    )


def carried_over(contents: Contents, earlier: Iterable[Row]) -> Contents:
    """Return ``contents`` with the actions of an ``earlier`` review on the same words."""
    decided = {_key(row): row for row in earlier if row.action != row.first_action}
    rows = []
    for row in contents.rows:
        old = decided.get(_key(row))
        if old is not None:
            written = old.replacement if old.action == "edit" else row.replacement
            row = replace(row, action=old.action, replacement=written)  # noqa: PLW2901
        rows.append(row)
    return replace(contents, rows=rows)


@dataclass(frozen=True, slots=True)
class _Verdict:
    """``reason`` is why the utterance is dropped, or None when it stays."""

    utterance: Utterance
    rows: Sequence[Row]
    reason: str | None


def _verdict(utterance: Utterance, rows: Sequence[Row]) -> _Verdict:
    for row in rows:
        if row.dropped_reason and row.action in ("drop", "mask"):
            return _Verdict(utterance, rows, row.dropped_reason)
        if row.action == "drop":
            return _Verdict(utterance, rows, REVIEWER)
        if row.dropped_reason and row.action == "edit":
            return _Verdict(replace(utterance, text=row.replacement), rows, None)
    placed: list[Row] = []
    for field in ("text", "parent"):
        own = sorted((row for row in rows if row.place and row.place[0] == field), key=lambda row: row.place or ())
        text, moved = _rewritten(getattr(utterance, field) or "", own)
        utterance = replace(utterance, text=text) if field == "text" else replace(utterance, parent=text or None)
        placed.extend(moved)
    for row in rows:
        if row.place is None and not row.dropped_reason and row.action in ("keep", "edit"):
            raise ReviewError(f"review.tsv, {row.id}: a {row.kind} cannot be put back; write mask or drop.")
    return _Verdict(utterance, [*placed, *(row for row in rows if row.place is None)], None)


def _rewritten(text: str, rows: Sequence[Row]) -> tuple[str, list[Row]]:
    """Return ``text`` with every row's words in their places, and the rows with their new places."""
    pieces: list[str] = []
    moved: list[Row] = []
    position = length = 0
    for row in rows:
        field, start, end = row.place or ("", 0, 0)
        if not position <= start <= end <= len(text):
            raise ReviewError(f"review.tsv, {row.id}: the place {row.at} is not in the text; leave that column alone.")
        words = row.span if row.action == "keep" else row.replacement
        pieces += [text[position:start], words]
        length += start - position
        moved.append(replace(row, at=f"{field}:{length}-{length + len(words)}"))
        length += len(words)
        position = end
    return "".join([*pieces, text[position:]]), moved


def _by_id(rows: Iterable[Row]) -> dict[str, list[Row]]:
    rows_of: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        rows_of[row.id].append(row)
    return rows_of


def _key(row: Row) -> tuple[str, str, str]:
    return row.id, row.kind, row.span


def _in_order(utterances: Iterable[Utterance]) -> list[Utterance]:
    """Sort by source and place: the numbers in every locator grow with time."""
    listed = list(utterances)
    sources = {source: rank for rank, source in enumerate(dict.fromkeys(u.source for u in listed))}
    return sorted(listed, key=lambda u: (sources[u.source], [int(n) for n in re.findall(r"\d+", u.locator)]))
