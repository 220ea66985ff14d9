"""Writes a report card: report.json, report.html and pictures. Knows documents, not how anything was measured."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader

from train import report_page, report_plots, report_png, report_svg
from train.card import Card
from train.evaluate import gate
from train.evaluate.gate import Verdict
from train.evaluate.metrics import Findings
from train.report_words import WORDS, known, say


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a checkpoint was made of, as far as it is known.

    ``steps`` are the lines of its run's metrics, ``training`` its training lines, ``facts`` what is to be read about
    recipe, versions, seeds, hashes, time and memory, by name; ``votes`` what people guessed and preferred
    (`model.votes.Votes.about`).
    """

    steps: Sequence[Mapping[str, Any]] = ()
    training: Sequence[str] = ()
    card: Card | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    votes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One column: a checkpoint, what it was measured at and what it and its base said.

    A bare base has no base beside it; nothing was trained, so no gate judges it.
    """

    name: str
    base: str
    verdict: Verdict
    metrics: dict[str, dict[str, Any]]
    tuned: Findings
    bare: Findings | None
    about: About

    def to_dict(self) -> dict[str, Any]:
        """Return the entry of report.json."""
        return {
            "name": self.name,
            "base": self.base,
            "gate": {
                "passed": self.verdict.has_passed if self.bare else None,
                "failed": list(self.verdict.failed),
                "reasons": list(self.verdict.reasons()),
            },
            "metrics": self.metrics,
            "article": report_page.article(self.tuned.article, self.bare.article if self.bare else ()),
            "cpu_s": {name: round(seconds, 2) for name, seconds in self.tuned.cpu_s.items()},
            "about": dict(self.about.facts),
            **({"votes": dict(self.about.votes)} if self.about.votes else {}),
        }


def entry(name: str, base: str, tuned: Findings, bare: Findings | None, about: About | None = None) -> Entry:
    """Return the column of a checkpoint next to its base's findings; a bare base has only its own."""
    beside = bare.measures if bare else {}
    return Entry(
        name=name,
        base=base,
        verdict=gate.judge(tuned.measures, beside),
        metrics={id_: found.beside(beside.get(id_)).to_dict() for id_, found in tuned.measures.items()},
        tuned=tuned,
        bare=bare,
        about=about or About(),
    )


def document(entries: Sequence[Entry]) -> dict[str, Any]:
    """Return report.json, which is also what ``senpai eval --json`` prints."""
    return {"checkpoints": [entry.to_dict() for entry in entries]}


def write(folder: Path, entries: Sequence[Entry]) -> None:
    """Write the report into ``folder``: report.json, report.html, and a PNG of each picture of the first entry."""
    text = json.dumps(document(entries), ensure_ascii=False, indent=2)
    (folder / "report.json").write_text(text + "\n", encoding="utf-8")
    for chart in _charts(entries[0]):
        report_png.draw(chart, folder / f"{chart.name}.png")
    pages = Environment(loader=PackageLoader("train", "."), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    page = pages.get_template("report.html.jinja").render(
        say=say,
        known=known,
        title=", ".join(entry.name for entry in entries),
        table=report_page.table([(entry.name, entry.metrics) for entry in entries], _bases(entries)),
        sections=[_section(entry) for entry in entries],
        anchors=report_page.anchors([entry.metrics for entry in entries]),
    )
    (folder / "report.html").write_text(page, encoding="utf-8")


def _bases(entries: Sequence[Entry]) -> list[str]:
    return list(dict.fromkeys(entry.base for entry in entries if entry.bare))


def _section(entry: Entry) -> dict[str, Any]:
    """Return what the page shows of one checkpoint."""
    said, bare = entry.tuned, entry.bare
    return {
        "name": entry.name,
        "base": entry.base,
        "verdict": entry.verdict,
        "is_bare": entry.bare is None,
        "checks": entry.verdict.checks,
        "film": report_page.film(entry.about.steps),
        "charts": {chart.name: report_svg.draw(chart, WORDS[f"chart_{chart.name}"]) for chart in _charts(entry)},
        "replies": report_page.replies(said.chats, bare.chats if bare else {}, entry.about.training),
        "probes": report_page.probes(said, bare),
        "article": report_page.article(said.article, bare.article if bare else ()),
        "card": entry.about.card,
        "facts": entry.about.facts,
        "votes": entry.about.votes,
        "cpu_s": said.cpu_s,
    }


def _charts(entry: Entry) -> list[report_plots.Plot | report_plots.Bars]:
    steps = entry.about.steps
    spoken = {WORDS["persona"]: entry.about.training, (entry.name, entry.name): _texts(entry.tuned)}
    if entry.bare:
        japanese, english = WORDS["base_named"]
        spoken[japanese.format(base=entry.base), english.format(base=entry.base)] = _texts(entry.bare)
    drawn = (
        report_plots.losses(steps),
        report_plots.knowledge(steps),
        report_plots.strength(steps),
        report_plots.endings(spoken if entry.about.training else {}),
    )
    return [chart for chart in drawn if chart]


def _texts(found: Findings | None) -> list[str]:
    return [text for texts in found.chats.values() for text in texts] if found else []
