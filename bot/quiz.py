"""「本物はどっち？」: a real line that was held out of training beside one the checkpoint makes up; who can tell?

Knows the data folder a checkpoint was made from, by its hash. Keeps the open riddles in memory, and votes on disk.
"""

import asyncio
import json
import random
from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from bot import guards
from bot.completions import Overrides, Worker
from bot.current import CurrentCheckpoint
from bot.shelf import manifest_of
from model.conversation import Conversation, Role, Turn
from model.votes import Share, Votes

OPENING = "最近どう？"
"""What is asked where the real line answered nothing, as a tweet does."""
MIN_CHARS, MAX_CHARS = 4, 120
MAX_OPEN = 200
MAX_TRIES = 3
SAMPLING: Overrides = {"max_tokens": 60}


class NoRiddle(Exception):
    """There is no line to guess; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Riddle:
    """``lines`` in the order shown; ``real`` is the index of the real one."""

    checkpoint: str
    question: str | None
    lines: tuple[str, str]
    real: int


@dataclass(frozen=True, slots=True)
class Solved:
    """How one guess ended, and how often people have been right about this checkpoint."""

    is_right: bool
    real: str
    share: Share


@dataclass(frozen=True, slots=True)
class _Line:
    question: str | None
    text: str


class Quiz:
    """Asks riddles; one may be open for each person."""

    def __init__(
        self, *, home: Path, worker: Worker, current: CurrentCheckpoint, votes: Votes, dice: random.Random | None = None
    ) -> None:
        self._home = home
        self._worker = worker
        self._current = current
        self._votes = votes
        self._dice = dice or random.Random()
        self._open: dict[str, Riddle] = {}

    async def ask(self, who: str) -> Riddle:
        """Open a riddle for a person. Raises NoRiddle and WorkerError."""
        answering = self._current.read()
        real = self._dice.choice(await asyncio.to_thread(self._held_out, answering.checkpoint))
        made = await self._made_up(answering.checkpoint, answering.persona.system_text(()), real)
        position = self._dice.randrange(2)
        lines = (real.text, made) if position == 0 else (made, real.text)
        riddle = Riddle(checkpoint=answering.checkpoint, question=real.question, lines=lines, real=position)
        while len(self._open) >= MAX_OPEN:
            del self._open[next(iter(self._open))]
        self._open[who] = riddle
        return riddle

    async def guess(self, who: str, index: int) -> Solved | None:
        """Solve a person's open riddle and count the vote; None when none is open."""
        riddle = self._open.pop(who, None)
        if riddle is None:
            return None
        is_right = index == riddle.real
        share = await asyncio.to_thread(self._count, riddle.checkpoint, is_right=is_right)
        return Solved(is_right, riddle.lines[riddle.real], share)

    def _count(self, checkpoint: str, *, is_right: bool) -> Share:
        self._votes.guessed(checkpoint, is_right=is_right)
        return self._votes.guesses(checkpoint)

    async def _made_up(self, checkpoint: str, system: str, real: _Line) -> str:
        asked = Conversation((Turn(Role.SYSTEM, system), Turn(Role.USER, real.question or OPENING)))
        for _ in range(MAX_TRIES):
            stream = self._worker.stream(asked, checkpoint=checkpoint, author="quiz", overrides=SAMPLING)
            async with aclosing(stream):
                said = "".join([part.text async for part in stream])
            text = guards.whole_sentences(guards.clean(said))
            if guards.broken(text) is None and text != real.text:
                return " ".join(text.split())
        raise NoRiddle(f"{checkpoint} had nothing to say {MAX_TRIES} times: try again, or look at its report card.")

    def _held_out(self, checkpoint: str) -> list[_Line]:
        folder = self._data_of(checkpoint)
        card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
        lines = [line for line in _lines(folder, set(card["held_out"])) if MIN_CHARS <= len(line.text) <= MAX_CHARS]
        if not lines:
            raise NoRiddle(f"{folder} holds out no line of {MIN_CHARS} to {MAX_CHARS} characters: add more sources.")
        return [line for line in lines if line.question] or lines

    def _data_of(self, checkpoint: str) -> Path:
        try:
            wanted = manifest_of(self._home / "checkpoints" / checkpoint)["data_hash"]
        except (OSError, ValueError, KeyError):
            raise NoRiddle(f"{checkpoint} was made from no data folder: use a tuned checkpoint.") from None
        for card in sorted((self._home / "data").glob("*/card.json")):
            if json.loads(card.read_text(encoding="utf-8")).get("hash") == wanted:
                return card.parent
        raise NoRiddle(f"The data folder {checkpoint} was made from is not below {self._home / 'data'}: put it there.")


def _lines(folder: Path, ids: set[str]) -> Iterator[_Line]:
    for line in (folder / "utterances.jsonl").read_text(encoding="utf-8").splitlines():
        utterance = json.loads(line)
        if utterance["id"] in ids:
            yield _Line(utterance.get("parent") or None, " ".join(utterance["text"].split()))
