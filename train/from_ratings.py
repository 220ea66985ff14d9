"""`senpai train --from-ratings`: a checkpoint made anew from what people thought of its answers, judged as any other.

Knows which ratings count and in which order the work is done. Does not know the database or TRL.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from peft import set_peft_model_state_dict
from safetensors.torch import load_file

from model import consent as consents
from model.base import resolve
from model.checkpoint import CONSENT, Checkpoint, CheckpointError, Kind, check_name
from model.conversation import Conversation
from model.facts import FACTS, Facts
from model.shelf import Shelf
from train import dataset, report, report_about
from train.dataset import Dataset
from train.evaluate import cards, metrics
from train.evaluate.gate import Verdict
from train.evaluate.material import PROBES, Material, Questions, bundled, read_persona_probes
from train.evaluate.subject import Subject
from train.preference import Rated, learn
from train.publish import Publication, publish
from train.recipe import Recipe
from train.report import About
from train.run import open_run
from train.tunable import Tunable, load_tunable

MIN_RATINGS = 50


class RatingsError(ValueError):
    """The ratings cannot be learnt from; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A rated answer of a checkpoint."""

    checkpoint: str
    rated: Rated

    @classmethod
    def read(cls, document: dict[str, Any]) -> "Answer":
        """Return the answer in ``{"checkpoint", "messages", "reply", "is_liked"}``."""
        prompt = Conversation.from_messages(document["messages"])
        return cls(document["checkpoint"], Rated(prompt, document["reply"], document["is_liked"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """What came of it."""

    checkpoint: str
    verdict: Verdict
    metrics: dict[str, dict[str, float | None]]
    num_ratings: int
    seconds: float
    report: Path

    def to_json(self) -> dict[str, Any]:
        """Return the document of ``senpai train --json``, with the number of ratings."""
        return {
            "checkpoint": self.checkpoint,
            "gate": {"passed": self.verdict.has_passed, "failed": list(self.verdict.failed)},
            "metrics": self.metrics,
            "ratings": self.num_ratings,
            "seconds": round(self.seconds, 1),
            "report": str(self.report),
        }


def train_from_ratings(
    data: Path,
    answers: Sequence[Answer],
    *,
    name: str,
    home: Path,
    checkpoint: str | None = None,
    seed: int = 0,
    device: str = "auto",
    questions: Questions | None = None,
) -> Learnt:
    """Move ``checkpoint``, or the current one, towards what was liked; measure, judge and publish it as ``name``.

    Ratings of every checkpoint made from the same data count. ``data`` is that data folder: the report needs it.
    Raises RatingsError, NoTrl, CheckpointError, ConsentError, DatasetError, LoaderError.
    """
    began = time.monotonic()
    shelf = Shelf(home)
    origin = _origin(shelf, checkpoint, name)
    read = _permitted(data, origin, home)
    rated = _usable(answers, shelf, origin)
    recipe = Recipe.model_validate(origin.manifest.recipe)
    identity = {"data": str(read.path.resolve()), "data hash": read.hash, "from": origin.name, "ratings": len(rated)}
    run = open_run(home / "runs" / name, identity, resume=False)
    tunable = _adapter_of(origin, recipe, seed, device)
    for step, line in enumerate(learn(tunable, rated, folder=run.folder / "kto", seed=seed, max_len=recipe.max_len), 1):
        run.record({"step": step, "loss": line["loss"]})
    own = _material(origin, read, questions or bundled())
    about = About(
        steps=run.metrics(),
        training=own.training,
        card=read.card,
        facts={"ratings learnt from": len(rated), "from": origin.name}
        | report_about.of_manifest(origin.manifest, tunable.device),
    )
    tunable.set_strength(origin.manifest.adapter_scale)  # judged as it will be served
    entry = _judge(tunable, own, name, origin.manifest.base, about)
    publication = Publication(
        name=name,
        persona=origin.persona(),
        utterances=own.training,
        consent=origin.path / CONSENT,
        recipe=origin.manifest.recipe,
        seed=seed,
        data_hash=read.hash,
        scale=origin.manifest.adapter_scale,
        metrics=entry.metrics,
        verdict=entry.verdict,
        probes=_probes(origin),
        write_report=lambda folder: report.write(folder, [entry]),
    )
    published = publish(tunable, publication, shelf)
    return Learnt(
        checkpoint=name,
        verdict=entry.verdict,
        metrics=entry.metrics,
        num_ratings=len(rated),
        seconds=time.monotonic() - began,
        report=published.path / "report" / "report.html",
    )


def _material(origin: Checkpoint, read: Dataset, questions: Questions) -> Material:
    persona, probes = origin.persona(), _probes(origin)
    return Material(
        system=persona.system_text(),
        questions=questions,
        training=[utterance.text for utterance in read.training],
        held_out=read.held_out,
        persona_probes=read_persona_probes(probes) if probes else (),
        with_cards=cards.shown(persona, Facts(origin.path / FACTS)),
    )


def _probes(origin: Checkpoint) -> Path | None:
    path = origin.path / PROBES
    return path if path.exists() else None


def _origin(shelf: Shelf, checkpoint: str | None, name: str) -> Checkpoint:
    if (shelf.folder / check_name(name)).exists():
        raise CheckpointError(f"{name} exists already: choose another name, or remove it first.")
    chosen = checkpoint or shelf.current()
    if chosen is None:
        raise RatingsError("No checkpoint is current: name the one whose ratings are to be learnt from (--checkpoint).")
    origin = shelf.get(chosen)
    if origin.manifest.kind is not Kind.ADAPTER:
        raise RatingsError(f"{chosen} is a whole model: ratings move an adapter, so train one first.")
    return origin


def _permitted(data: Path, origin: Checkpoint, home: Path) -> Dataset:
    read = dataset.read(data)
    if read.hash != origin.manifest.data_hash:
        raise RatingsError(f"{origin.name} was not made from {data}: name the data folder it was made from.")
    own = consents.load(origin.path / CONSENT)
    own.require(date.today(), sources=read.sources)
    consents.require_kept(own, home)
    return read


def _usable(answers: Sequence[Answer], shelf: Shelf, origin: Checkpoint) -> list[Rated]:
    """Return the ratings of this checkpoint's kin, when there are enough, and of both kinds."""
    kin = {each.name for each in shelf.list() if each.manifest.data_hash == origin.manifest.data_hash}
    rated = [answer.rated for answer in answers if answer.checkpoint in kin]
    if len(rated) < MIN_RATINGS:
        raise RatingsError(
            f"There are {len(rated)} ratings to learn from, and it takes {MIN_RATINGS}: only answers on platforms in "
            "SENPAI_TRAIN_FROM_CHATS count, while they are remembered."
        )
    num_liked = sum(each.is_liked for each in rated)
    if num_liked in (0, len(rated)):
        raise RatingsError(f"All {len(rated)} ratings say the same: it takes liked and disliked answers to learn from.")
    return rated


def _adapter_of(origin: Checkpoint, recipe: Recipe, seed: int, device: str) -> Tunable:
    tunable = load_tunable(resolve(origin.manifest.base), recipe, seed=seed, device=device)
    set_peft_model_state_dict(tunable.model, load_file(origin.path / "adapter_model.safetensors"))
    return tunable


def _judge(tunable: Tunable, material: Material, name: str, base: str, about: About) -> report.Entry:
    with tunable.untouched() as untouched:
        bare = metrics.measure(Subject(untouched, tunable.tokenizer, tunable.device), material)
    tunable.model.eval()
    tuned = metrics.measure(Subject(tunable.model, tunable.tokenizer, tunable.device), material, beside=bare)
    return report.entry(name, base, tuned, bare, about)
