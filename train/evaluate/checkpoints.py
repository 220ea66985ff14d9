"""`senpai eval`: the report card of checkpoints that are on the shelf already, one entry each.

Knows where a checkpoint's base, persona and lines are found. Does not know how anything is measured or drawn.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from model.base import resolve
from model.checkpoint import Checkpoint, Kind
from model.facts import FACTS, Facts
from model.loader import LoadedBase, Quantization, attach, load_base, load_full
from model.persona import Persona
from model.shelf import Shelf
from model.votes import VOTES, Votes
from train import dataset, report, report_about
from train.contents import DatasetError
from train.evaluate import cards, metrics
from train.evaluate.jglue import Jglue
from train.evaluate.material import PROBES, Material, Probe, bundled, read_persona_probes, read_prompts
from train.evaluate.subject import Subject
from train.progress import Progress, Silent
from train.report import About
from train.run import IDENTITY, Run

BARE = "base:"
"""``base:NAME`` names a base without an adapter."""


@dataclass(frozen=True, slots=True)
class _Examined:
    """A model to be asked, and how its untouched base is; a bare base has none beside itself."""

    subject: Subject
    base: str
    untouched: Callable[[], AbstractContextManager[Subject]] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be asked beyond the bundled questions.

    ``prompts`` is a file of chat openings, one a line; ``probes`` a persona's probes.toml in place of the checkpoint's;
    ``jglue`` what of JGLUE; ``data`` the data folder where the run no longer knows it.
    """

    prompts: Path | None = None
    probes: Path | None = None
    data: Path | None = None
    jglue: Jglue | None = None


def report_on(
    checkpoints: Sequence[str],
    *,
    home: Path,
    wanted: Wanted = Wanted(),
    out: Path | None = None,
    quantization: Quantization = "none",
    device: str = "auto",
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Measure each of ``checkpoints`` (names, or ``base:NAME``) and return the document of ``senpai eval --json``.

    ``out`` is a folder for the report. Metrics that need the persona's lines use the wanted data folder, else the one
    the run remembers when it is still there and unchanged, else they are left out.

    Raises:
        CheckpointError, BaseError, LoaderError, PersonaError, DatasetError, ProbesError: in one sentence each.
    """
    watched = progress or Silent()
    watched.stage("evaluate", len(checkpoints))
    entries = []
    for name in checkpoints:
        checkpoint = None if name.startswith(BARE) else Shelf(home).get(name)
        own = _data(checkpoint, home, wanted.data)
        examined = _load(name, checkpoint, quantization, device)
        about = _about(name, checkpoint, own, home, examined.subject.device)
        entries.append(_entry(name, examined, _material(checkpoint, own, wanted), about))
        watched.advance()
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        report.write(out, entries)
    return report.document(entries)


def _entry(name: str, examined: _Examined, asked: Material, about: About) -> report.Entry:
    if examined.untouched is None:
        return report.entry(name, examined.base, metrics.measure(examined.subject, asked), None, about)
    with examined.untouched() as base:
        bare = metrics.measure(base, asked)
    return report.entry(name, examined.base, metrics.measure(examined.subject, asked, beside=bare), bare, about)


def _load(name: str, checkpoint: Checkpoint | None, quantization: Quantization, device: str) -> _Examined:
    if checkpoint is None:
        base = name.removeprefix(BARE)
        return _Examined(_subject(load_base(resolve(base), quantization=quantization, device=device)), base, None)
    base = checkpoint.manifest.base
    if checkpoint.manifest.kind is Kind.FULL:
        whole = load_full(checkpoint, quantization=quantization, device=device)
        return _Examined(_subject(whole), base, lambda: _loaded_apart(base, quantization, device))
    loaded = load_base(resolve(base), quantization=quantization, device=device)
    attach(loaded, checkpoint, adapter_name=checkpoint.name)
    return _Examined(_subject(loaded), base, lambda: _adapter_off(loaded))


@contextmanager
def _loaded_apart(base: str, quantization: Quantization, device: str) -> Iterator[Subject]:
    yield _subject(load_base(resolve(base), quantization=quantization, device=device))


@contextmanager
def _adapter_off(loaded: LoadedBase) -> Iterator[Subject]:
    with loaded.model.disable_adapter():
        yield _subject(loaded)


def _subject(loaded: LoadedBase) -> Subject:
    return Subject(loaded.model.eval(), loaded.tokenizer, loaded.device)


def _data(checkpoint: Checkpoint | None, home: Path, data: Path | None) -> dataset.Dataset | None:
    return dataset.read(data) if data else _remembered(checkpoint, home)


def _material(checkpoint: Checkpoint | None, own: dataset.Dataset | None, wanted: Wanted) -> Material:
    persona = checkpoint.persona() if checkpoint else Persona(name=BARE)
    questions = bundled()
    return Material(
        system=persona.system_text(),
        questions=replace(questions, prompts=read_prompts(wanted.prompts)) if wanted.prompts else questions,
        training=[utterance.text for utterance in own.training] if own else (),
        held_out=own.held_out if own else (),
        persona_probes=_persona_probes(checkpoint, wanted.probes),
        with_cards=cards.shown(persona, Facts(checkpoint.path / FACTS if checkpoint else None)),
        jglue=wanted.jglue,
    )


def _persona_probes(checkpoint: Checkpoint | None, given: Path | None) -> tuple[Probe, ...]:
    beside = checkpoint.path / PROBES if checkpoint else None
    path = given or (beside if beside and beside.exists() else None)
    probes = read_persona_probes(path) if path else ()
    return probes if checkpoint else ()  # a bare base is nobody


def _about(name: str, checkpoint: Checkpoint | None, own: dataset.Dataset | None, home: Path, device: str) -> About:
    votes = Votes(home / VOTES).about(name)
    if checkpoint is None:
        return About(facts=report_about.machine(device), votes=votes)
    return About(
        steps=Run(home / "runs" / checkpoint.name).metrics(),
        training=[utterance.text for utterance in own.training] if own else (),
        card=own.card if own else None,
        facts=report_about.of_manifest(checkpoint.manifest, device),
        votes=votes,
    )


def _remembered(checkpoint: Checkpoint | None, home: Path) -> dataset.Dataset | None:
    """Return the data set a checkpoint was made from, when it is still where its run found it."""
    path = home / "runs" / checkpoint.name / IDENTITY if checkpoint else None
    if checkpoint is None or path is None or not path.exists():
        return None
    try:
        found = dataset.read(Path(json.loads(path.read_text(encoding="utf-8"))["data"]))
    except DatasetError:
        return None
    return found if found.hash == checkpoint.manifest.data_hash else None
