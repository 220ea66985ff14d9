"""Arranges figures and replies as the report's page shows them. Knows what stands where; measures nothing."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from markupsafe import Markup, escape
from rapidfuzz.distance import LCSseq

from train.evaluate import jglue
from train.evaluate.interview import Asked
from train.evaluate.metrics import Findings
from train.report_words import WORDS, say

METRICS = tuple(key.removeprefix("metric_") for key in WORDS if key.startswith("metric_"))
"""Ids in the order in which they are shown."""
MIN_SHARED_CHARS = 2

Metrics = Mapping[str, Mapping[str, Any]]


def table(columns: Sequence[tuple[str, Metrics]], bases: Sequence[str]) -> dict[str, Any]:
    """Return the rows of the metrics, grouped, with the base's column before the others when all share one base."""
    base = bases[0] if len(bases) == 1 else None
    groups: dict[str, list[dict[str, Any]]] = {}
    for id_ in METRICS:
        found = [metrics.get(id_) for _, metrics in columns]
        if not any(found):
            continue
        of_base = next((cell["base"] for cell in found if cell and cell["base"] is not None), None)
        cells = [{"value": of_base}] if base else []
        cells += [_cell(cell) for cell in found]
        groups.setdefault(id_[0], []).append({"id": id_, "cells": cells})
    return {"base": base, "names": [name for name, _ in columns], "groups": groups}


def _cell(found: Mapping[str, Any] | None) -> dict[str, Any]:
    if found is None:
        return {}
    notes: list[str] = []
    if found["low"] is not None:
        notes.append(f"{found['low']:.2f} – {found['high']:.2f}")
    if "band" in found:
        low, high = (f"{edge:.2f}" for edge in found["band"])
        notes.append(say("by_chance", low=low, high=high))
    if "own" in found:
        notes.append(say("of_persona", value=f"{found['own']:.2f}"))
    if "num" in found:
        notes.append(f"n {found['num']}")
    if "p" in found:
        notes.append(f"p {found['p']:.2g}")
    return {"value": found["value"], "notes": notes}


def anchors(columns: Sequence[Metrics]) -> dict[str, Any] | None:
    """Return the published figures of known models for the JGLUE metrics that were measured, None without any."""
    ids = [id_ for id_ in ("G4", "JNLI", "JSQuAD") if any(id_ in metrics for metrics in columns)]
    rows = [{"name": name, "values": [values[id_] for id_ in ids]} for name, values in jglue.PUBLISHED.items()]
    return {"ids": ids, "rows": rows} if ids else None


def film(steps: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return what was answered to the question about the capital at each look, and what failed then."""
    return [
        {"step": line["step"], "reply": line["film"], "failed": line.get("failed", ()), "metrics": line["metrics"]}
        for line in steps
        if "film" in line
    ]


def replies(
    chats: Mapping[str, Sequence[str]], base: Mapping[str, Sequence[str]], training: Sequence[str]
) -> list[dict[str, Any]]:
    """Return one reply to each prompt, the base's, and the training line nearest to ours, what they share marked."""
    return [
        {
            "prompt": prompt,
            "reply": said[0],
            "base": base[prompt][0] if prompt in base else None,
            **_nearest(said[0], training),
        }
        for prompt, said in chats.items()
    ]


def _nearest(reply: str, training: Sequence[str]) -> dict[str, Any]:
    if not training or not reply:
        return {"marked": reply, "line": None}
    line = max(training, key=lambda line: LCSseq.normalized_similarity(reply, line))
    num_shared = sum(len(piece) for piece, is_shared in _pieces(reply, line) if is_shared)
    return {
        "marked": _marked(reply, line),
        "line": _marked(line, reply),
        "shared": num_shared / max(1, min(len(reply), len(line))),
    }


def _marked(text: str, other: str) -> Markup:
    pieces = _pieces(text, other)
    return Markup("").join(
        Markup("<mark>{}</mark>").format(piece) if is_shared else escape(piece) for piece, is_shared in pieces
    )


def _pieces(text: str, other: str) -> Iterator[tuple[str, bool]]:
    """Cut ``text``; tell of each piece whether it is long enough and stands in the same order in ``other``."""
    for step in LCSseq.opcodes(text, other):
        piece = text[step.src_start : step.src_end]
        yield piece, step.tag == "equal" and len(piece) >= MIN_SHARED_CHARS


def probes(tuned: Findings, bare: Findings | None) -> list[dict[str, Any]]:
    """Return the general questions as the persona was asked them, those that were lost first."""
    right, was_right = tuned.hits.get("G2", ()), bare.hits.get("G2", ()) if bare else ()
    rows = [
        {
            "question": question,
            "reply": reply,
            "base": bare.probes.get(question) if bare else None,
            "is_right": place < len(right) and right[place],
            "was_right": place < len(was_right) and was_right[place],
        }
        for place, (question, reply) in enumerate(tuned.probes.items())
    ]
    return sorted(rows, key=lambda row: (row["is_right"], not row["was_right"]))


def article(tuned: Sequence[Asked], base: Sequence[Asked]) -> list[dict[str, Any]]:
    """Return the original article's table: each question, with and without the system prompt, ours and the base's."""
    before = {(asked.question, asked.has_system): asked.reply for asked in base}
    return [
        {
            "question": asked.question,
            "system_prompt": asked.has_system,
            "reply": asked.reply,
            "base": before.get((asked.question, asked.has_system)),
        }
        for asked in tuned
    ]
