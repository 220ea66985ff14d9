"""Writes a report card: report.json, report.html and the loss curve. Knows documents, not how anything was measured."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader

from train import curve
from train.evaluate import gate
from train.evaluate.gate import Verdict
from train.evaluate.metrics import Findings

CURVE = "loss.png"
TITLES = {
    "S1": "plain form",
    "S2": "ends with the persona's own signs",
    "S3": "length, |log ratio| to the persona's lines",
    "G1": "general knowledge",
    "G2": "general knowledge, as the persona",
    "M1": "extraction gap, training lines minus held-out lines",
    "M2": "replies copied from the data",
    "D1": "replies with five equal characters in a row",
    "D2": "replies that repeat themselves",
    "D3": "replies that stop by themselves",
    "D4": "distinct replies",
    "H1": "held-out lines, nats a character",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One column: a checkpoint, what it was measured at and what it and its base said."""

    name: str
    base: str
    verdict: Verdict
    metrics: dict[str, dict[str, Any]]
    tuned: Findings
    bare: Findings | None

    def to_dict(self) -> dict[str, Any]:
        """Return the entry of report.json."""
        return {
            "name": self.name,
            "base": self.base,
            "gate": {"passed": self.verdict.has_passed, "failed": list(self.verdict.failed)},
            "metrics": self.metrics,
        }


def entry(name: str, base: str, tuned: Findings, bare: Findings | None) -> Entry:
    """Return the column of a checkpoint next to its base's findings; a bare base has only its own."""
    beside = bare.measures if bare else {}
    return Entry(
        name=name,
        base=base,
        verdict=gate.judge(tuned.measures, beside),
        metrics={id_: found.beside(beside.get(id_)).to_dict() for id_, found in tuned.measures.items()},
        tuned=tuned,
        bare=bare,
    )


def document(entries: Sequence[Entry]) -> dict[str, Any]:
    """Return report.json, which is also what ``senpai eval --json`` prints."""
    return {"checkpoints": [entry.to_dict() for entry in entries]}


def write(folder: Path, entries: Sequence[Entry], steps: Sequence[Mapping[str, Any]] = ()) -> None:
    """Write the report into ``folder``, with a loss curve where ``steps`` of a run are given."""
    text = json.dumps(document(entries), ensure_ascii=False, indent=2)
    (folder / "report.json").write_text(text + "\n", encoding="utf-8")
    if steps:
        curve.draw(steps, folder / CURVE)
    pages = Environment(loader=PackageLoader("train", "."), autoescape=True, trim_blocks=True)
    page = pages.get_template("report.html.jinja").render(
        entries=entries,
        titles=TITLES,
        looks=[line for line in steps if "film" in line],
        curve=base64.b64encode((folder / CURVE).read_bytes()).decode() if steps else None,
    )
    (folder / "report.html").write_text(page, encoding="utf-8")
