"""Puts a tuned model on the shelf: every file of a checkpoint, written in a hidden folder, sealed and renamed.

Knows the checkpoint's files and manifest. Does not know how it was tuned or judged.
"""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import tomli_w

from model.checkpoint import Checkpoint, Gate, Kind, seal
from model.facts import FACTS, write
from model.persona import Persona
from model.shelf import Shelf
from train.evaluate.gate import Verdict
from train.evaluate.material import PROBES
from train.tunable import Tunable

LIBRARIES = ("torch", "transformers", "peft", "bitsandbytes", "safetensors")


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """Everything a checkpoint holds next to its weights. ``write_report`` fills the folder it is given.

    ``utterances`` are those it was tuned on: what was held out is no fact either, so that a report on held-out lines
    says what serving does.
    """

    name: str
    persona: Persona
    utterances: Sequence[str]
    consent: Path
    recipe: Mapping[str, Any]
    seed: int
    data_hash: str
    scale: float
    metrics: Mapping[str, Any]
    verdict: Verdict
    probes: Path | None = None
    write_report: Callable[[Path], None]


def publish(tunable: Tunable, publication: Publication, shelf: Shelf) -> Checkpoint:
    """Write, seal and rename.

    Raises CheckpointError when the name is taken or the disk is full; nothing is left then.
    """
    staged = shelf.staging(publication.name)
    try:
        tunable.save(staged)
        _describe(staged, publication)
        seal(staged, **_manifest(tunable, publication))
        return shelf.publish(staged, publication.name)
    finally:
        shelf.discard(staged)


def _describe(folder: Path, publication: Publication) -> None:
    persona = publication.persona.model_dump(mode="json", exclude_defaults=True)
    (folder / "persona.toml").write_text(tomli_w.dumps(persona), encoding="utf-8")
    write(folder / FACTS, publication.utterances)
    shutil.copyfile(publication.consent, folder / "consent.toml")
    if publication.probes:
        shutil.copyfile(publication.probes, folder / PROBES)
    (folder / "report").mkdir()
    publication.write_report(folder / "report")


def _manifest(tunable: Tunable, publication: Publication) -> dict[str, Any]:
    return {
        "name": publication.name,
        "kind": Kind.FULL if tunable.is_whole else Kind.ADAPTER,
        "base": tunable.base.name,
        "base_hash": tunable.base_hash,
        "method": tunable.method,
        "recipe": dict(publication.recipe),
        "seed": publication.seed,
        "data_hash": publication.data_hash,
        "libraries": {name: version(name) for name in LIBRARIES},
        "metrics": dict(publication.metrics),
        "gate": Gate.PASSED if publication.verdict.has_passed else Gate.FAILED,
        "gate_failed": publication.verdict.failed,
        "gate_reasons": publication.verdict.reasons(),
        "adapter_scale": publication.scale,
    }
