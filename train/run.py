"""The folder of one run: what it is a run of, its last whole state, its metrics line by line.

Knows files. Does not know what the tensors mean. A state is written beside and renamed, so that a process killed at any
moment leaves the previous state or the new one; safetensors only, never pickle.
"""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from model.files import whole

IDENTITY = "run.json"
STATE = "state.safetensors"
BEST = "best.safetensors"
METRICS = "metrics.jsonl"


class RunError(ValueError):
    """A run cannot be resumed; the message says what differs."""


@dataclass(frozen=True, slots=True)
class State:
    """Everything a run needs to go on after ``step``. Random numbers are drawn from the seed and the step alone."""

    step: int
    tensors: Mapping[str, Tensor]


@dataclass(frozen=True, slots=True)
class Run:
    """An open run folder."""

    folder: Path

    def state(self) -> State | None:
        """Return the last whole state, None before the first."""
        return _read(self.folder / STATE)

    def save(self, state: State) -> None:
        """Replace the state."""
        _write(self.folder / STATE, state, {})

    def best(self) -> State | None:
        """Return the weights of the best step so far."""
        return _read(self.folder / BEST)

    def best_badness(self) -> tuple[float, float] | None:
        """Return how bad the best step was: how far from passing the gate (0: passed), then its held-out loss."""
        about = self._about_best()
        return (float(about["violation"]), float(about["held_out"])) if about else None

    def has_feasible(self) -> bool:
        """Return whether a step passed the gate."""
        best = self.best_badness()
        return best is not None and best[0] == 0

    def num_looks_since_best(self) -> int:
        """Return how many looks at the model found none better than the best step."""
        about = self._about_best()
        return sum(line["step"] > int(about["step"]) for line in self.metrics() if "film" in line) if about else 0

    def _about_best(self) -> dict[str, str] | None:
        path = self.folder / BEST
        if not path.exists():
            return None
        with safe_open(path, framework="pt") as file:
            return dict(file.metadata())

    def keep_if_best(self, state: State, badness: tuple[float, float]) -> None:
        """Replace the best step where ``state`` is as good: what passes the gate beats all that fails it."""
        best = self.best_badness()
        if best is None or badness <= best:
            _write(self.folder / BEST, state, {"violation": repr(badness[0]), "held_out": repr(badness[1])})

    def record(self, figures: Mapping[str, Any]) -> None:
        """Append one line to the metrics."""
        with (self.folder / METRICS).open("a", encoding="utf-8") as file:
            file.write(json.dumps(figures, ensure_ascii=False) + "\n")

    def metrics(self) -> list[dict[str, Any]]:
        """Return the lines of the metrics; a line that a crash cut off is left out."""
        path = self.folder / METRICS
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True) if path.exists() else []
        return [json.loads(line) for line in lines if line.endswith("\n")]

    def forget_after(self, step: int) -> None:
        """Drop the metrics of what will be done again: later steps, and the exam behind the last."""
        kept = [line for line in self.metrics() if line.get("step", step + 1) <= step]
        with whole(self.folder / METRICS) as beside:
            beside.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in kept), encoding="utf-8")


def _read(path: Path) -> State | None:
    if not path.exists():
        return None
    with safe_open(path, framework="pt") as file:
        step = int(file.metadata()["step"])
        return State(step, {name: file.get_tensor(name) for name in file.keys()})  # noqa: SIM118


def _write(path: Path, state: State, about: dict[str, str]) -> None:
    tensors = {name: tensor.detach().contiguous() for name, tensor in state.tensors.items()}
    with whole(path) as beside:
        save_file(tensors, beside, metadata={"step": str(state.step), **about})


def open_run(folder: Path, identity: Mapping[str, Any], *, resume: bool) -> Run:
    """Open ``folder`` for a run of ``identity``: a fresh one, or with ``resume`` the one that stands there.

    Raises RunError when the run that stands there is of something else.
    """
    path = folder / IDENTITY
    if resume and path.exists():
        _require_same(folder, json.loads(path.read_text(encoding="utf-8")), dict(identity))
        return Run(folder)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with whole(path) as beside:
        beside.write_text(json.dumps(identity, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return Run(folder)


def _require_same(folder: Path, was: dict[str, Any], now: dict[str, Any]) -> None:
    differing = [name for name in now if was.get(name) != now[name]]
    if differing:
        raise RunError(
            f"The run in {folder} had another {' and '.join(differing)}: start afresh without --resume, "
            "or call it with what it began with."
        )
