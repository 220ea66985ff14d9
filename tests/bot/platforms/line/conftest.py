"""A bot with LINE's door alone: real inbox, responder, door and line-bot-sdk between stand-ins of LINE and a worker."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bot.audit import Audit
from bot.commands import Commands
from bot.completions import Overrides, Part, WorkerError
from bot.composer import Composer
from bot.current import CurrentCheckpoint
from bot.erasure import Erasure
from bot.history import History
from bot.i18n import Sentences
from bot.inbox import Inbox
from bot.limits import Limits
from bot.message import Change, Platform
from bot.outbox import Outbox
from bot.outbox import Patience as OutboxPatience
from bot.pause import Pause
from bot.platforms.line import LineDoor
from bot.platforms.line.courier import Patience
from bot.policy import Policy
from bot.responder import Responder
from bot.settings import Settings
from bot.store import Store
from bot.strength import Strength
from bot.talk import Talk
from bot.waking import WorkerPatience
from model.conversation import Conversation
from model.protocol import Status, Swapped
from tests.bot.fakes import crowd, quiz_at, restraint
from tests.standins.line import ACCESS_TOKEN, SECRET, LineStandIn
from tests.standins.line_events import author

ADMIN = author(99)


class WorkerStandIn:
    """Answers every question with the question in brackets, or with ``answer``, once ``gate`` is open."""

    def __init__(self, is_held: bool) -> None:
        self.gate = asyncio.Event()
        if not is_held:
            self.gate.set()
        self.asked: list[str] = []
        self.answer: str | None = None
        self.problem: WorkerError | None = None
        self.current = "first"
        self.queue = 0

    async def stream(
        self, conversation: Conversation, *, checkpoint: str, author: str, overrides: Overrides
    ) -> AsyncGenerator[Part, None]:
        question = conversation.turns[-1].text
        self.asked.append(question)
        if self.problem:
            raise self.problem
        await self.gate.wait()
        yield Part(self.answer or f"うん、「{question}」ね！")

    async def status(self) -> Status:
        return Status(
            current=self.current,
            loaded=["first"],
            queue=self.queue,
            running=0,
            swapping=None,
            device="cpu",
            quantization="4bit",
        )

    async def models(self) -> list[str]:
        return ["first", "second"]

    async def use(self, checkpoint: str, *, who: str, force: bool) -> Swapped:
        previous, self.current = self.current, checkpoint
        return Swapped(current=checkpoint, previous=previous)

    async def rollback(self, *, who: str) -> Swapped:
        return await self.use("first", who=who, force=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What a test looks at."""

    line: LineStandIn
    worker: WorkerStandIn
    door: LineDoor
    store: Store
    outbox: Outbox
    inbox: Inbox


OpenHouse = Callable[..., AbstractAsyncContextManager[House]]


@pytest.fixture
def open_house(line: LineStandIn, tmp_path: Path) -> OpenHouse:
    """Open a bot on the same database and the same LINE as often as wanted; ``is_held``: it cannot answer yet.

    It ends as abruptly as in a crash, unless calls in progress are given ``last_call_s``.
    """

    @asynccontextmanager
    async def open_house(
        patience: Patience | None = None, is_held: bool = False, last_call_s: float = 0.0, **settings: object
    ) -> AsyncIterator[House]:
        chosen = line_settings(line, tmp_path, **settings)
        changes: asyncio.Queue[Change] = asyncio.Queue()
        store = await Store.open(chosen.database_url)
        inbox, history, sentences = Inbox(store, changes), History(store), Sentences()
        outbox = Outbox(store, OutboxPatience(first_s=0.05, most_s=0.2, last_call_s=last_call_s))
        talk = Talk(store)
        worker, current = WorkerStandIn(is_held), CurrentCheckpoint(tmp_path)
        audit = Audit(tmp_path / "audit.jsonl")
        pause = Pause(tmp_path / "paused")
        policy = Policy(chosen.senpai_call_names)
        door = LineDoor(
            chosen,
            inbox=inbox,
            outbox=outbox,
            talk=talk,
            policy=policy,
            current=current,
            sentences=sentences,
            patience=replace(patience or Patience(pauses_s=(0.05, 0.1)), last_call_s=last_call_s),
        )
        responder = Responder(
            store=store,
            inbox=inbox,
            outbox=outbox,
            history=history,
            changes=changes,
            composer=Composer(
                worker=worker,
                current=current,
                history=history,
                sentences=sentences,
                patience=WorkerPatience(usual_s=0.2, waking_s=0.2),
            ),
            commands=Commands(
                worker=worker,
                current=current,
                history=history,
                erasure=Erasure(store, inbox),
                history_days=30,
                learns_from=(),
                audit=audit,
                pause=pause,
                quiz=quiz_at(chosen.senpai_home, worker, current),
                strength=Strength(chosen.senpai_home / "strength"),
                limits=Limits(1000),
                sentences=sentences,
            ),
            restraint=restraint(pause, per_minute=chosen.senpai_messages_per_minute),
            crowd=crowd(inbox, worker, chosen.senpai_waiting_per_author),
            sentences=sentences,
            doors={Platform.LINE: door},
        )
        try:
            async with _running(door, responder):
                line.webhook_url = f"http://127.0.0.1:{door.port}/line/webhook"
                yield House(line=line, worker=worker, door=door, store=store, outbox=outbox, inbox=inbox)
        finally:
            await store.close()

    return open_house


@pytest.fixture
async def house(open_house: OpenHouse) -> AsyncIterator[House]:
    async with open_house() as opened:
        yield opened


def line_settings(line: LineStandIn, home: Path, **settings: object) -> Settings:
    """Return settings that point at the stand-in."""
    defaults = {
        "line_channel_secret": (SECRET,),
        "line_channel_access_token": ACCESS_TOKEN,
        "line_admin_ids": (ADMIN,),
        "line_port": 0,
        "line_api_url": line.url,
        "senpai_home": home,
        "senpai_call_names": ("ハヤテ先輩",),
        "senpai_waiting_per_author": 1000,
    }
    return Settings(_env_file=None, **(defaults | settings))


@asynccontextmanager
async def _running(door: LineDoor, responder: Responder) -> AsyncIterator[None]:
    """Run both while the test runs; what closes the door at once is raised here."""
    opening, answering = asyncio.create_task(door.run()), asyncio.create_task(responder.run())
    try:
        await until(lambda: door.port is not None or opening.done())
        if opening.done():
            opening.result()
        yield
    finally:
        for task in (opening, answering):
            task.cancel()
        await asyncio.wait((opening, answering))
    assert opening.cancelled()
    assert answering.cancelled()


async def until(holds: Callable[[], bool], timeout_s: float = 10) -> None:
    """Wait until something holds."""
    for _ in range(int(timeout_s / 0.01)):
        if holds():
            return
        await asyncio.sleep(0.01)
    raise TimeoutError
