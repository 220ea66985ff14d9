"""A worker and a door without wires, for tests of what lies between them."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bot.completions import Overrides, Part, Worker
from bot.crowd import Crowd
from bot.current import CurrentCheckpoint
from bot.i18n import Sentences
from bot.inbox import Inbox
from bot.limits import Limits
from bot.message import IncomingMessage, Platform
from bot.pause import Pause
from bot.platforms.base import Delivered, Delivery, PieceLimits
from bot.quiet import QuietHours
from bot.quiz import Quiz
from bot.restraint import Rates, Restraint
from bot.waking import WorkerPatience
from model.conversation import Conversation
from model.protocol import Status, Swapped
from model.votes import Votes


@dataclass(slots=True)
class FakeWorker:
    """Plays a script of answers and errors; the last step repeats."""

    script: list[str | Exception]
    asked: list[tuple[str, Conversation, Overrides]] = field(default_factory=list)

    async def stream(
        self, conversation: Conversation, *, checkpoint: str, author: str, overrides: Overrides
    ) -> AsyncGenerator[Part, None]:
        """Answer with the next step."""
        self.asked.append((checkpoint, conversation, overrides))
        step = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(step, Exception):
            raise step
        yield Part(step)
        yield Part(finish_reason="stop")

    async def status(self) -> Status:
        """Idle."""
        return Status(current="hanako", loaded=[], queue=0, running=0, swapping=None, device="cpu", quantization="4bit")

    async def models(self) -> list[str]:
        """Two checkpoints."""
        return ["hanako", "taro"]

    async def use(self, checkpoint: str, *, who: str, force: bool) -> Swapped:
        """Swap."""
        return Swapped(current=checkpoint, previous="hanako")

    async def rollback(self, *, who: str) -> Swapped:
        """Swap back."""
        return Swapped(current="hanako", previous="taro")


def restraint(pause: Pause, *, per_minute: int = 1000, quiet_hours: QuietHours | None = None) -> Restraint:
    """Hold back an author who asks more often than this."""
    rates = Rates(author=Limits(per_minute), conversation=Limits(1000), platform=Limits(1000))
    sentences = Sentences("ja")
    return Restraint(rates=rates, max_chars=2000, pause=pause, quiet_hours=quiet_hours, sentences=sentences)


def crowd(inbox: Inbox, worker: Worker, max_waiting: int = 1000, patience: WorkerPatience | None = None) -> Crowd:
    """Let everybody wait."""
    patience = patience or WorkerPatience()
    return Crowd(inbox=inbox, worker=worker, sentences=Sentences("ja"), max_waiting=max_waiting, patience=patience)


@dataclass(slots=True)
class FakeDoor:
    """Plays a script of errors, then delivers everything."""

    script: list[Exception] = field(default_factory=list)
    tried: list[Delivery] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    platform: Platform = Platform.DISCORD
    greets: bool = True
    limits: PieceLimits = field(default_factory=lambda: PieceLimits(max_units=2000))

    async def run(self) -> None:
        """Stay open."""
        await asyncio.Event().wait()

    async def deliver(self, delivery: Delivery) -> Delivered:
        """Fail as scripted, else show the pieces."""
        self.tried.append(delivery)
        if self.script:
            raise self.script.pop(0)
        self.shown.extend(delivery.pieces)
        return Delivered((f"sent-{len(self.shown)}",), num_pushes=1)

    @asynccontextmanager
    async def working(self, message: IncomingMessage) -> AsyncIterator[None]:
        """Show nothing."""
        yield


def quiz_at(home: Path, worker: Worker, current: CurrentCheckpoint) -> Quiz:
    """A quiz about whoever answers in ``home``."""
    return Quiz(home=home, worker=worker, current=current, votes=Votes(home / "votes.jsonl"))
