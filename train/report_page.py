"""Arranges figures and replies as the report's page shows them. Knows what stands where; measures nothing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from markupsafe import Markup, escape
from rapidfuzz.distance import LCSseq

from train import report_svg
from train.evaluate import jglue
from train.evaluate.gate import Check
from train.evaluate.interview import Asked
from train.evaluate.metrics import Findings
from train.report_plots import Bars, Plot

TITLES = {
    "S1": "plain form",
    "S2": "ends with the persona's own signs",
    "S3": "length, |log ratio| to the persona's lines",
    "S4": "style distance: 0 the persona, 1 the base",
    "S5": "told apart from the persona by a classifier (AUC)",
    "K1": "persona's own facts, with fact cards",
    "K1_without_cards": "persona's own facts, without cards",
    "G1": "general knowledge",
    "G2": "general knowledge, as the persona",
    "G2_later": "the same, after two exchanges of small talk",
    "G3": "perplexity of ordinary sentences, times the base's",
    "G4": "common sense (JCommonsenseQA)",
    "JNLI": "natural language inference",
    "JSQuAD": "reading, exact match",
    "M1": "training lines recited whole, minus held-out lines",
    "M1_bare": "the same, begun outside any conversation",
    "M2": "replies copied from the data",
    "M3": "six-character pieces recited, minus held-out lines",
    "D1": "replies with five equal characters in a row",
    "D2": "replies that repeat themselves",
    "D3": "replies that end by themselves",
    "D4": "distinct replies",
    "H1": "held-out lines, nats a character",
}
CHARTS = {
    "loss": "Losses over the steps",
    "knowledge": "Knowledge and memorisation over the steps",
    "strength": "Style and knowledge over the strength of the adapter",
    "endings": "Last signs of the persona's lines and of the replies",
}
GROUPS = {
    "S": "Style", "K": "The persona's facts", "G": "General knowledge", "J": "JGLUE", "M": "Memorisation",
    "D": "Form", "H": "Likelihood",
}  # fmt: skip
MIN_SHARED_CHARS = 2

Metrics = Mapping[str, Mapping[str, Any]]


def check(found: Check) -> dict[str, Any]:
    """Return a condition of the gate with its metric's title."""
    return {**asdict(found), "title": TITLES[found.id], "has_passed": found.has_passed}


def svg(chart: Plot | Bars) -> dict[str, Any]:
    """Return a chart and its title."""
    return {"title": CHARTS[chart.name], "svg": report_svg.draw(chart, CHARTS[chart.name])}


def table(columns: Sequence[tuple[str, Metrics]], bases: Sequence[str]) -> dict[str, Any]:
    """Return the rows of the metrics, grouped, with the base's column before the others when all share one base."""
    base = bases[0] if len(bases) == 1 else None
    groups: dict[str, list[dict[str, Any]]] = {}
    for id_, title in TITLES.items():
        found = [metrics.get(id_) for _, metrics in columns]
        if not any(found):
            continue
        of_base = next((cell["base"] for cell in found if cell and cell["base"] is not None), None)
        cells = [{"value": of_base}] if base else []
        cells += [_cell(cell) for cell in found]
        groups.setdefault(GROUPS[id_[0]], []).append({"id": id_.split("_")[0], "title": title, "cells": cells})
    names = [name for name, _ in columns]
    return {"names": [f"base {base}", *names] if base else names, "groups": groups}


def _cell(found: Mapping[str, Any] | None) -> dict[str, Any]:
    if found is None:
        return {}
    notes = []
    if found["low"] is not None:
        notes.append(f"{found['low']:.2f} – {found['high']:.2f}")
    if "band" in found:
        notes.append(f"by chance {found['band'][0]:.2f} – {found['band'][1]:.2f}")
    if "own" in found:
        notes.append(f"persona {found['own']:.2f}")
    if "num" in found:
        notes.append(f"n {found['num']}")
    if "p" in found:
        notes.append(f"p {found['p']:.2g}")
    return {"value": found["value"], "notes": notes}


def anchors(columns: Sequence[Metrics]) -> dict[str, Any] | None:
    """Return the published figures of known models for the JGLUE metrics that were measured, None without any."""
    ids = [id_ for id_ in ("G4", "JNLI", "JSQuAD") if any(id_ in metrics for metrics in columns)]
    rows = [{"name": name, "values": [values[id_] for id_ in ids]} for name, values in jglue.PUBLISHED.items()]
    return {"titles": [TITLES[id_] for id_ in ids], "rows": rows} if ids else None


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
