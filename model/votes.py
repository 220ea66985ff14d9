"""What people guessed and preferred, as bare votes: nothing that was said is kept, and nobody's name.

Knows ``votes.jsonl`` and counting: a line ``{"at", "kind": "quiz", "checkpoint", "is_right"}`` for each guess, a line
``{"at", "kind": "arena", "left", "right", "winner"}`` for each preference. The bot writes it, the report card reads it.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from model import wilson

VOTES = "votes.jsonl"
DECIMALS = 4
Winner = Literal["left", "right", "tie"]


@dataclass(frozen=True, slots=True)
class Share:
    """``num_yes`` of ``num``; ``low`` and ``high`` bound the share behind it with 95 % confidence."""

    num_yes: float
    num: int

    @property
    def value(self) -> float:
        """The share itself; one half while nothing was counted."""
        return self.num_yes / self.num if self.num else 0.5

    @property
    def low(self) -> float:
        """The lower end."""
        return wilson.interval(self.num_yes, self.num)[0]

    @property
    def high(self) -> float:
        """The upper end."""
        return wilson.interval(self.num_yes, self.num)[1]

    def to_dict(self) -> dict[str, float]:
        """Return the share with its interval, as report.json holds it."""
        figures = {"value": self.value, "low": self.low, "high": self.high, "num": self.num}
        return {name: round(number, DECIMALS) for name, number in figures.items()}


@dataclass(frozen=True, slots=True)
class Duel:
    """How often ``first`` was preferred to ``second``; a tie counts half for each."""

    first: str
    second: str
    share: Share

    @property
    def pair(self) -> tuple[str, str]:
        """Both of them."""
        return self.first, self.second

    def seen_from(self, checkpoint: str) -> dict[str, Any]:
        """Return whom one of them met, and how often it was preferred."""
        if checkpoint == self.first:
            return {"against": self.second, **self.share.to_dict()}
        turned = Share(self.share.num - self.share.num_yes, self.share.num)
        return {"against": self.first, **turned.to_dict()}


class Votes:
    """Appends votes and counts them."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def guessed(self, checkpoint: str, *, is_right: bool) -> None:
        """Note whether somebody told the real line from the one ``checkpoint`` made."""
        self._append({"kind": "quiz", "checkpoint": checkpoint, "is_right": is_right})

    def preferred(self, left: str, right: str, winner: Winner) -> None:
        """Note which of two checkpoints somebody preferred without knowing which was which."""
        self._append({"kind": "arena", "left": left, "right": right, "winner": winner})

    def about(self, checkpoint: str) -> dict[str, Any]:
        """Return how often its lines were told from real ones, and how it did against others, as far as voted."""
        guesses, duels = self.guesses(checkpoint), [duel for duel in self.duels() if checkpoint in duel.pair]
        found: dict[str, Any] = {"quiz": guesses.to_dict()} if guesses.num else {}
        return found | ({"arena": [duel.seen_from(checkpoint) for duel in duels]} if duels else {})

    def guesses(self, checkpoint: str) -> Share:
        """Return how often the real line was found; one half means that nobody can tell."""
        rights = [vote["is_right"] for vote in self._of("quiz") if vote["checkpoint"] == checkpoint]
        return Share(sum(rights), len(rights))

    def duels(self) -> list[Duel]:
        """Return every pair of checkpoints that met, by name."""
        points: dict[tuple[str, str], list[float]] = {}
        for vote in self._of("arena"):
            first, second = sorted((vote["left"], vote["right"]))
            winner = vote.get(vote["winner"])
            points.setdefault((first, second), []).append(0.5 if winner is None else float(winner == first))
        return [Duel(*pair, Share(sum(won), len(won))) for pair, won in sorted(points.items())]

    def _append(self, vote: dict[str, Any]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"at": datetime.now(UTC).isoformat(), **vote}, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def _of(self, kind: str) -> Iterator[dict[str, Any]]:
        try:
            lines = self._path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return
        for line in lines:
            vote = json.loads(line)
            if vote["kind"] == kind:
                yield vote
