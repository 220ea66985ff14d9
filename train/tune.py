"""`senpai train`: one run, from a data folder to a checkpoint on the shelf.

Knows the order of the work and what refuses to begin it. Computes nothing itself.
"""

import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from model import consent as consents
from model.base import resolve
from model.checkpoint import CheckpointError, check_name
from model.persona import Persona, load_persona
from model.shelf import Shelf
from train import dataset, persona_draft, report, report_about
from train.dataset import Dataset
from train.evaluate import cards
from train.evaluate.gate import Verdict
from train.evaluate.material import PROBES, Material, Questions, bundled, read_persona_probes
from train.exam import Examiner
from train.loop import Figures, Loop
from train.monitor import Monitor
from train.progress import Progress, Silent
from train.publish import LIBRARIES, Publication, publish
from train.recipe import Method, Recipe, recipe_for
from train.report import About
from train.reporter import Reporter, Tracker, library_of, numbers, reporter
from train.rows import Shown
from train.run import Run, open_run
from train.tunable import Tunable, load_tunable

MIN_UTTERANCES = 60
log = logging.getLogger(__name__)


class TrainError(ValueError):
    """A run cannot begin; the message says what is missing and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainResult:
    """What a run came to; ``metrics`` are the report card's, by id, ``tuning_s`` of its seconds went into the steps."""

    checkpoint: str
    verdict: Verdict
    metrics: dict[str, dict[str, Any]]
    seconds: float
    tuning_s: float
    report: Path

    def to_json(self) -> dict[str, Any]:
        """Return the document of ``senpai train --json``."""
        return {
            "checkpoint": self.checkpoint,
            "gate": {"passed": self.verdict.has_passed, "failed": list(self.verdict.failed)},
            "metrics": self.metrics,
            "seconds": round(self.seconds, 1),
            "tuning_seconds": round(self.tuning_s, 1),
            "report": str(self.report),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """A run that may begin."""

    name: str
    data: Dataset
    consent: Path
    persona: Persona
    recipe: Recipe
    num_steps: int
    seed: int
    base: str
    device: str
    questions: Questions
    probes: Path | None

    def identity(self) -> dict[str, Any]:
        """Return what decides the weights; a run is resumed only for the same."""
        return {
            "data": str(self.data.path.resolve()),
            "data hash": self.data.hash,
            "base": resolve(self.base).hash(),
            "recipe": self.recipe.digest(),
            "persona": self.persona.system_text(),
            "steps": self.num_steps,
            "seed": self.seed,
        }


@dataclass(slots=True)
class _Watched:
    """Whoever hears how the run goes; ``tuning_s`` counts what its steps took, looks left out."""

    progress: Progress
    reporter: Reporter
    tuning_s: float = 0.0

    def timed(self, steps: Iterator[Figures]) -> Iterator[Figures]:
        """Yield the steps and count their seconds."""
        while True:
            began = time.monotonic()
            figures = next(steps, None)
            self.tuning_s += time.monotonic() - began
            if figures is None:
                return
            yield figures

    def note(self, run: Run, line: Mapping[str, Any]) -> None:
        """Write one line of the metrics and pass it on."""
        run.record(line)
        self.reporter.log(line["step"], numbers(line))
        if "film" in line:
            self.progress.look(line)
        else:
            self.progress.advance(loss=line["loss"])


def train(
    data: Path,
    *,
    name: str,
    home: Path,
    base: str = "mini",
    method: Method | None = None,
    recipe: Recipe | None = None,
    steps: int | None = None,
    seed: int = 0,
    resume: bool = False,
    force: bool = False,
    consent: Path | None = None,
    persona: Path | None = None,
    device: str = "auto",
    questions: Questions | None = None,
    progress: Progress | None = None,
    report_to: Tracker = "none",
) -> TrainResult:
    """Tune ``base`` on the data folder ``data`` and publish the checkpoint ``name`` below ``home``.

    ``method`` and ``steps`` overrule the recipe, which is the base's own unless given. ``consent`` and ``persona`` are
    files; without them the data folder's consent.toml and persona.toml count, and a persona is drafted where there is
    none; a probes.toml beside persona.toml asks what only the persona knows. ``force`` tunes on fewer than 60
    utterances. ``questions`` are what the report card asks, the bundled ones unless given. ``report_to`` names a
    tracker that is sent every number of the run. Whenever the process dies, ``resume`` goes on from the last whole
    state and ends in the same bytes.

    Raises:
        TrainError, CheckpointError, BaseError, RecipeError, ConsentError, DatasetError, PersonaError, ProbesError,
        RunError, LoaderError, SampleError, ReporterError: in one sentence each; nothing is published then.
    """
    began = time.monotonic()
    shelf = Shelf(home)
    _require_free(shelf, name)
    own = recipe or recipe_for(base)
    own = own.with_method(method) if method else own
    read = _read(data, consent, home, force=force)
    plan = _Plan(
        name=name,
        data=read,
        consent=consent or data / "consent.toml",
        persona=_persona(read, persona, own),
        recipe=own,
        num_steps=steps or own.num_steps(len(read.training)),
        seed=seed,
        base=base,
        device=device,
        questions=questions or bundled(),
        probes=_probes(data, persona),
    )
    folder = home / "runs" / name
    library = library_of(report_to)
    run = open_run(folder, plan.identity(), resume=resume)
    with reporter(library, name=name, folder=folder, recipe=own.model_dump(mode="json")) as told:
        return _carry_out(plan, run, shelf, _Watched(progress or Silent(), told), began)


def _carry_out(plan: _Plan, run: Run, shelf: Shelf, watched: _Watched, began: float) -> TrainResult:
    tunable = load_tunable(resolve(plan.base), plan.recipe, seed=plan.seed, device=plan.device)
    measured_with = _material(plan, run)
    _tune(plan, run, tunable, measured_with, watched)
    strengths = plan.recipe.strengths if run.has_feasible() else ()
    exam = Examiner(tunable, measured_with, run.record).examine(strengths, watched.progress)
    about = _about(plan, run, tunable, exam.strength, began)
    entry = report.entry(plan.name, plan.base, exam.tuned, exam.bare, about)
    publication = Publication(
        name=plan.name,
        persona=plan.persona,
        utterances=[utterance.text for utterance in plan.data.training],
        consent=plan.consent,
        recipe=plan.recipe.model_dump(mode="json"),
        seed=plan.seed,
        data_hash=plan.data.hash,
        scale=1.0 if tunable.is_whole else exam.strength,
        metrics=entry.metrics,
        verdict=entry.verdict,
        probes=plan.probes,
        write_report=lambda folder: report.write(folder, [entry]),
    )
    checkpoint = publish(tunable, publication, shelf)
    seconds = time.monotonic() - began
    log.info("trained checkpoint=%s steps=%d seconds=%.1f", plan.name, plan.num_steps, seconds)
    return TrainResult(
        checkpoint=plan.name,
        verdict=entry.verdict,
        metrics=entry.metrics,
        seconds=seconds,
        tuning_s=watched.tuning_s,
        report=checkpoint.path / "report" / "report.html",
    )


def _about(plan: _Plan, run: Run, tunable: Tunable, strength: float, began: float) -> About:
    made = report_about.made(
        base_hash=tunable.base_hash,
        data_hash=plan.data.hash,
        recipe=plan.recipe.model_dump(mode="json"),
        seed=plan.seed,
        strength=strength,
        libraries={name: version(name) for name in LIBRARIES},
    )
    return About(
        steps=run.metrics(),
        training=[utterance.text for utterance in plan.data.training],
        card=plan.data.card,
        facts=made | report_about.machine(tunable.device, time.monotonic() - began),
    )


def _tune(plan: _Plan, run: Run, tunable: Tunable, measured_with: Material, watched: _Watched) -> None:
    """Do the steps that are left and leave the best step's weights in ``tunable``."""
    recipe, state = plan.recipe, run.state()
    done = state.step if state else 0
    run.forget_after(done if state else -1)
    shown = _shown(plan, run, measured_with)
    rows, lanes = shown.rows(tunable), shown.anchors(tunable)
    monitor = Monitor(tunable, measured_with, run)
    loop = Loop(tunable, recipe, rows, lanes, num_steps=plan.num_steps, seed=plan.seed)
    watched.progress.stage("tune", plan.num_steps)
    for _ in range(done):
        watched.progress.advance()
    if state is None:
        watched.note(run, monitor.start())
    for figures in watched.timed(loop.run(state)) if not _has_settled(recipe, run) else ():
        watched.note(run, asdict(figures))
        if figures.step % recipe.probe_every and figures.step != plan.num_steps:
            continue
        watched.note(run, monitor.look(figures.step, tunable.weights()))
        run.save(loop.state(figures.step))
        if _has_settled(recipe, run):
            log.info("stopped step=%d of=%d reason=no better step", figures.step, plan.num_steps)
            break
    if recipe.keep == "best" and (best := run.best()):
        log.info("kept step=%d of=%d", best.step, plan.num_steps)
        tunable.load(best.tensors)


def _has_settled(recipe: Recipe, run: Run) -> bool:
    return bool(recipe.patience) and run.num_looks_since_best() >= recipe.patience


def _shown(plan: _Plan, run: Run, measured_with: Material) -> Shown:
    return Shown(
        recipe=plan.recipe,
        persona=plan.persona,
        utterances=tuple(plan.data.training),
        material=measured_with,
        cache=run.folder,
        seed=plan.seed,
    )


def _material(plan: _Plan, run: Run) -> Material:
    lines = [utterance.text for utterance in plan.data.training]
    return Material(
        system=plan.persona.system_text(),
        questions=plan.questions,
        training=lines,
        held_out=plan.data.held_out,
        persona_probes=read_persona_probes(plan.probes) if plan.probes else (),
        with_cards=cards.shown(plan.persona, cards.kept(run.folder, lines)),
    )


def _require_free(shelf: Shelf, name: str) -> None:
    if (shelf.folder / check_name(name)).exists():
        raise CheckpointError(f"{name} exists already: choose another name, or remove it first.")


def _read(data: Path, consent: Path | None, home: Path, *, force: bool) -> Dataset:
    """Return the data set when a consent covers it today and there is enough of it."""
    read = dataset.read(data)
    own = consents.load(consent or data / "consent.toml")
    own.require(date.today(), sources=read.sources)
    consents.require_kept(own, home)
    if len(read.utterances) < MIN_UTTERANCES and not force:
        raise TrainError(
            f"{data} holds {len(read.utterances)} utterances, fewer than {MIN_UTTERANCES}: collect more, "
            "or tune on them all the same with --force."
        )
    return read


def _persona(data: Dataset, path: Path | None, recipe: Recipe) -> Persona:
    """Return the persona, with the recipe's sampling where it has none of its own."""
    own = _own_persona(data, path)
    return own.model_copy(update={"sampling": {**recipe.sampling, **own.sampling}})


def _probes(data: Path, persona: Path | None) -> Path | None:
    """Return the probes that stand beside persona.toml, where there are any."""
    path = (persona.parent if persona else data) / PROBES
    return path if path.exists() else None


def _own_persona(data: Dataset, path: Path | None) -> Persona:
    beside = data.path / "persona.toml"
    if path is not None or beside.exists():
        return load_persona(path or beside)
    return persona_draft.draft(data.speaker, [utterance.text for utterance in data.training])
