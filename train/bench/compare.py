"""Trains ours and the original experiment side by side on the same base and data, a process for each run.

Knows commands, seeds and the files a run leaves behind. Does not know thresholds.
"""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from train.recipe import RECIPES

SPEAKER = "蒼井"
NO_ANCHORS = "\n[anchors]\nneutral = 0\npersona = 0\n"
_ANCHORS = re.compile(r"\n\[anchors\].*?(?=\n\[|\Z)", re.DOTALL)


class CompareError(Exception):
    """A run ended without a document; the message is what it said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """One run: its card, its lines of metrics, its exit code, what it took."""

    card: dict[str, dict[str, Any]]
    lines: list[dict[str, Any]]
    exit_code: int
    seconds: float
    tune_s: float
    peak_bytes: int

    @property
    def waste(self) -> float:
        """The share of places that were padding."""
        steps = [line for line in self.lines if "loss" in line]
        num_tokens, num_slots = (sum(int(step[name]) for step in steps) for name in ("num_tokens", "num_slots"))
        return 1 - num_tokens / num_slots

    def is_flagged_by(self, step: int) -> bool:
        """Return whether a look up to ``step`` found the model infeasible."""
        return any(line["step"] <= step and bool(line["failed"]) for line in self.lines if "film" in line)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """Where runs are made: ``example`` holds archive, talks, persona and consent; ``home`` is thrown away."""

    example: Path
    home: Path
    base: str
    data: Path = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "data", self.home / "data")

    def build(self) -> float:
        """Build the example's data folder and return the seconds it took."""
        began = time.monotonic()
        sources = [str(self.example / "archive"), *map(str, sorted((self.example / "talks").iterdir()))]
        consent = ["--consent", str(self.example / "consent.toml")]
        self._senpai("data", "build", *sources, "--speaker", SPEAKER, "--out", str(self.data), *consent, "--json")
        return time.monotonic() - began

    def train(self, name: str, seed: int, recipe: Path | None = None, *more: str) -> Trained:
        """Train one checkpoint. Raises CompareError when it ends in anything but a verdict."""
        own = ["--recipe", str(recipe)] if recipe else []
        persona = ["--persona", str(self.example / "persona.toml")]
        began = time.monotonic()
        arguments = [str(self.data), "--name", name, "--base", self.base, "--seed", str(seed), *persona, *own, *more]
        code, out, peak_bytes = self._senpai("train", *arguments, "--json")
        metrics = (self.home / "runs" / name / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
        document = json.loads(out)
        return Trained(
            card=document["metrics"],
            lines=[json.loads(line) for line in metrics],
            exit_code=code,
            seconds=time.monotonic() - began,
            tune_s=document["tuning_seconds"],
            peak_bytes=peak_bytes,
        )

    def without_anchors(self) -> Path:
        """Return the base's own recipe with both lanes off."""
        own = RECIPES / f"{self.base}.toml"
        text = (own if own.exists() else RECIPES / "generic.toml").read_text(encoding="utf-8")
        path = self.home / "without-anchors.toml"
        path.write_text(_ANCHORS.sub("", text) + NO_ANCHORS, encoding="utf-8")
        return path

    def article_at(self, learning_rate: float) -> Path:
        """Return the original's recipe at another peak rate."""
        path = self.home / "article-hot.toml"
        text = (RECIPES / "article.toml").read_text(encoding="utf-8")
        path.write_text(re.sub(r"(?m)^learning_rate = \S+", f"learning_rate = {learning_rate}", text), encoding="utf-8")
        return path

    def _senpai(self, *arguments: str) -> tuple[int, str, int]:
        """Return exit code, stdout and peak memory of a command. Raises CompareError when it said nothing."""
        environment = {**os.environ, "SENPAI_HOME": str(self.home)}
        out, said = self.home / f"{time.monotonic_ns()}.out", self.home / f"{time.monotonic_ns()}.err"
        with out.open("wb") as stdout, said.open("wb") as stderr:
            process = subprocess.Popen(
                [sys.executable, "-m", "senpai", *arguments], stdout=stdout, stderr=stderr, env=environment
            )
            _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        text = out.read_text(encoding="utf-8")
        if process.returncode not in (0, 1) or not text.strip():
            last = said.read_text(encoding="utf-8").strip().splitlines()[-1:]
            raise CompareError(f"senpai {arguments[0]} ended with {process.returncode}: {' '.join(last)}")
        return process.returncode, text, usage.ru_maxrss * 1024


def in_pairs(runs: Sequence[tuple[str, int, Path | None]], shop: Workshop) -> dict[str, list[Trained]]:
    """Train (name, seed, recipe), two at a time since each keeps one core busy, and return them by name."""
    with ThreadPoolExecutor(2) as pool:
        futures = [(name, pool.submit(shop.train, f"{name}-{seed}", seed, recipe)) for name, seed, recipe in runs]
        found: dict[str, list[Trained]] = {}
        for name, future in futures:
            found.setdefault(name, []).append(future.result())
    return found
