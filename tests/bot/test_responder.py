"""Turns: in order within one conversation, in parallel across, and never without an answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.audit import Audit
from bot.commands import Commands
from bot.composed import Composed
from bot.crowd import FIRST_GUESS_S, Crowd
from bot.current import CurrentCheckpoint
from bot.erasure import Erasure
from bot.history import History
from bot.i18n import Sentences
from bot.inbox import Inbox
from bot.limits import Limits
from bot.message import Change, IncomingMessage
from bot.outbox import Outbox
from bot.pause import Pause
from bot.responder import Responder
from bot.store import Store
from bot.strength import Strength
from bot.unfolding import Show
from tests.bot.fakes import FakeDoor, FakeWorker, crowd, quiz_at, restraint
from tests.bot.messages import message


@dataclass(slots=True)
class FakeComposer:
    """Repeats the question; a question that names an error raises it, one that says "wait" waits, and "AI?"
    is answered without the model.
    """

    released: asyncio.Event = field(default_factory=asyncio.Event)
    num_waiting: int = 0

    async def compose(self, asked: IncomingMessage, show: Show) -> Composed:
        """Answer."""
        if asked.text == "bug":
            raise ZeroDivisionError
        if asked.text == "wait":
            self.num_waiting += 1
            await self.released.wait()
        usable = asked.text != "speechless"
        num_tokens = 0 if asked.text == "AI?" else 1
        return Composed(
            text=asked.text, checkpoint="hanako", finish_reason="stop", num_tokens=num_tokens, is_usable=usable
        )


@dataclass(slots=True)
class House:
    """The responder and what surrounds it."""

    inbox: Inbox
    history: History
    composer: FakeComposer
    door: FakeDoor
    crowd: Crowd
    responding: asyncio.Task[None]

    async def stop(self) -> None:
        """End the responder's life."""
        self.responding.cancel()
        await asyncio.gather(self.responding, return_exceptions=True)

    async def until_shown(self, count: int) -> list[str]:
        """Wait for so many pieces."""
        async with asyncio.timeout(10):
            while len(self.door.shown) < count:  # noqa: ASYNC110 - the fake door tells nobody
                await asyncio.sleep(0.01)
        return self.door.shown


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """A responder at work."""
    async with _house(tmp_path) as house:
        yield house


@asynccontextmanager
async def _house(home: Path, max_waiting: int = 1000) -> AsyncIterator[House]:
    store = await Store.open(f"sqlite+aiosqlite:///{home / 'senpai.db'}")
    changes: asyncio.Queue[Change] = asyncio.Queue()
    inbox, history, door, sentences = Inbox(store, changes), History(store), FakeDoor(), Sentences("ja")
    composer, pause = FakeComposer(), Pause(home / "paused")
    worker, current = FakeWorker([""]), CurrentCheckpoint(home)
    waiting = crowd(inbox, worker, max_waiting)
    commands = Commands(
        worker=worker,
        current=current,
        history=history,
        erasure=Erasure(store, inbox),
        history_days=30,
        learns_from=(),
        audit=Audit(home / "audit.jsonl"),
        pause=pause,
        quiz=quiz_at(home, worker, current),
        strength=Strength(home / "strength"),
        limits=Limits(1000),
        sentences=sentences,
    )
    responder = Responder(
        store=store,
        inbox=inbox,
        outbox=Outbox(store),
        history=history,
        changes=changes,
        composer=composer,
        commands=commands,
        restraint=restraint(pause, per_minute=5),
        crowd=waiting,
        sentences=sentences,
        doors={door.platform: door},
    )
    house = House(inbox, history, composer, door, waiting, asyncio.create_task(responder.run()))
    try:
        yield house
    finally:
        await house.stop()
        await store.close()


async def test_a_bug_is_answered_with_an_apology_and_the_next_message_as_usual(house: House) -> None:
    await house.inbox.accept(message("bug", event_id="1"))
    await house.inbox.accept(message("次", event_id="2"))
    apology, answer = await house.until_shown(2)
    assert apology.startswith("ごめんなさい") and answer == "次"


async def test_how_long_answers_take_is_learnt_from_what_the_model_said_alone(house: House) -> None:
    for number, text in enumerate(("/whoami", "AI?")):
        await house.inbox.accept(message(text, event_id=str(number)))
    await house.until_shown(2)
    assert f"あと{FIRST_GUESS_S:.0f}秒" in await house.crowd.sentence(1)
    await house.inbox.accept(message("元気？", event_id="3"))
    await house.until_shown(3)
    assert "あと5秒" in await house.crowd.sentence(1)


async def test_one_conversation_waiting_does_not_hold_up_another(house: House) -> None:
    await house.inbox.accept(message("wait", event_id="1", conversation_id="a"))
    await house.inbox.accept(message("あと", event_id="2", conversation_id="a"))
    await house.inbox.accept(message("となり", event_id="3", conversation_id="b"))
    assert await house.until_shown(1) == ["となり"]
    house.composer.released.set()
    assert await house.until_shown(3) == ["となり", "wait", "あと"]


async def test_a_withdrawn_message_stops_being_composed(house: House) -> None:
    await house.inbox.accept(message("wait", event_id="1"))
    async with asyncio.timeout(5):
        while not house.composer.num_waiting:  # noqa: ASYNC110 - the fake composer tells nobody
            await asyncio.sleep(0.01)
    await house.inbox.withdraw(house.door.platform, "1")
    await house.inbox.accept(message("次", event_id="2"))
    assert await house.until_shown(1) == ["次"]


async def test_an_answer_begun_before_its_conversation_was_forgotten_is_not_remembered(house: House) -> None:
    await house.inbox.accept(message("wait", event_id="1"))
    async with asyncio.timeout(5):
        while not house.composer.num_waiting:  # noqa: ASYNC110 - the fake composer tells nobody
            await asyncio.sleep(0.01)
    await house.history.forget("discord:c")
    house.composer.released.set()
    assert await house.until_shown(1) == ["wait"]
    await house.inbox.accept(message("次", event_id="2"))
    await house.until_shown(2)
    assert [turn.text for turn in await house.history.recent("discord:c", 100)] == ["次", "次"]


async def test_a_command_interrupted_by_a_crash_is_not_run_twice(tmp_path: Path) -> None:
    async with _house(tmp_path) as house:
        await house.stop()
        asked = message("/whoami", event_id="1")
        await house.inbox.accept(asked)
        assert await house.inbox.begin(asked)
    async with _house(tmp_path) as house:
        (answer,) = await house.until_shown(1)
    assert answer.startswith("「/whoami」の途中で止まりました。")


async def test_an_author_is_told_once_that_an_ai_answers_where_nothing_else_says_so(house: House) -> None:
    house.door.greets = False
    for number, text in enumerate(("/whoami", "はじめまして", "元気？")):
        await house.inbox.accept(message(text, event_id=str(number)))
    _, first, second = await house.until_shown(3)
    assert first.startswith("（はじめまして。答えているのはAIで") and first.endswith("\n\nはじめまして")
    assert second == "元気？"
    assert (await house.history.recent("discord:c", 100))[1].text == "はじめまして"


async def test_a_flood_is_answered_with_a_sentence_and_costs_no_completions(house: House) -> None:
    for number in range(7):
        await house.inbox.accept(message(f"{number}", event_id=str(number)))
    shown = await house.until_shown(7)
    assert shown[:5] == ["0", "1", "2", "3", "4"]
    assert all(sentence.startswith("少し急ぎすぎです。") for sentence in shown[5:])


async def test_while_it_rests_it_says_so_and_administrators_can_wake_it(house: House) -> None:
    said = ("/pause", "元気？", "/再開", "元気？")
    for number, text in enumerate(said):
        await house.inbox.accept(message(text, event_id=str(number), is_admin=True))
    paused, resting, resumed, answer = await house.until_shown(4)
    assert paused.startswith("返事を休みます") and resting.startswith("いまお休み中です")
    assert (resumed, answer) == ("返事を再開します。", "元気？")


async def test_apologies_and_commands_are_not_part_of_the_conversation(house: House) -> None:
    for number, text in enumerate(("/whoami", "bug", "speechless", "覚えて")):
        await house.inbox.accept(message(text, event_id=str(number)))
    async with asyncio.timeout(10):
        while "覚えて" not in house.door.shown:  # noqa: ASYNC110 - the fake door tells nobody
            await asyncio.sleep(0.01)
    assert [turn.text for turn in await house.history.recent("discord:c", 100)] == ["覚えて", "覚えて"]


async def test_an_interrupted_life_is_continued_by_the_next(tmp_path: Path) -> None:
    async with _house(tmp_path) as house:
        await house.inbox.accept(message("wait", event_id="1"))
        async with asyncio.timeout(5):
            while not house.composer.num_waiting:  # noqa: ASYNC110 - the fake composer tells nobody
                await asyncio.sleep(0.01)
    async with _house(tmp_path) as house:
        house.composer.released.set()
        assert await house.until_shown(1) == ["wait"]


async def test_of_one_author_one_message_may_wait_and_the_next_is_told_so_at_once(tmp_path: Path) -> None:
    async with _house(tmp_path, max_waiting=1) as house:
        await house.inbox.accept(message("wait", event_id="1"))
        async with asyncio.timeout(5):
            while not house.composer.num_waiting:  # noqa: ASYNC110 - the fake composer tells nobody
                await asyncio.sleep(0.01)
        for number, author_id in enumerate(("hana", "hana", "taro"), 2):
            await house.inbox.accept(message(f"{number}", event_id=str(number), author_id=author_id))
        (refusal,) = await house.until_shown(1)
        assert refusal.startswith("まだ前のメッセージに答えている途中です。")
        house.composer.released.set()
        assert await house.until_shown(4) == [refusal, "wait", "2", "4"]


async def test_a_command_never_has_to_wait_for_leave_to_wait(tmp_path: Path) -> None:
    async with _house(tmp_path, max_waiting=0) as house:
        await house.inbox.accept(message("wait", event_id="1"))
        async with asyncio.timeout(5):
            while not house.composer.num_waiting:  # noqa: ASYNC110 - the fake composer tells nobody
                await asyncio.sleep(0.01)
        await house.inbox.accept(message("/help", event_id="2"))
        house.composer.released.set()
        assert [text.split("：")[0] for text in await house.until_shown(2)] == ["wait", "使えるコマンド"]
