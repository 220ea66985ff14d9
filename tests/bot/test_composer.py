"""What the persona says, and what happens when the worker does not play along."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from bot.completions import (
    Part,
    PromptTooLong,
    QueueFull,
    UnknownCheckpoint,
    WorkerAway,
    WorkerError,
    WorkerLoading,
    WorkerSwapping,
    WorkerUnreachable,
)
from bot.composer import Composer
from bot.current import CurrentCheckpoint
from bot.history import History
from bot.i18n import Sentences
from bot.store import Store
from bot.waking import WorkerPatience
from tests.bot.fakes import FakeWorker
from tests.bot.messages import answer, message

Compose = Callable[..., Composer]


@pytest.fixture
async def history(tmp_path: Path) -> AsyncIterator[History]:
    """Ten questions and answers of ten characters each."""
    store = await Store.open(f"sqlite+aiosqlite:///{tmp_path / 'senpai.db'}")
    history = History(store)
    async with store.transaction() as transaction:
        for number in range(10):
            await history.add(transaction, message("あ" * 10, event_id=str(number)), answer("い" * 10))
    yield history
    await store.close()


@pytest.fixture
def composer(history: History, home: Path) -> Compose:
    """A composer for the home's current checkpoint, with little patience."""

    def composer(worker: FakeWorker, *, is_beside: bool = False) -> Composer:
        patience = WorkerPatience(usual_s=0.2, waking_s=20, is_beside=is_beside)
        current, sentences = CurrentCheckpoint(home), Sentences("ja")
        return Composer(worker=worker, current=current, history=history, sentences=sentences, patience=patience)

    return composer


async def test_a_prompt_that_is_too_long_loses_history_but_never_the_question(composer: Compose) -> None:
    worker = FakeWorker([PromptTooLong("9 > 8"), PromptTooLong("9 > 8"), "うん"])
    assert (await composer(worker).compose(message("質問"))).text == "うん"
    sizes = [len(conversation.turns) for _, conversation, _ in worker.asked]
    assert sizes == sorted(sizes, reverse=True) and sizes[0] == 22 and sizes[2] < sizes[1]
    assert all(conversation.turns[-1].text == "質問" for _, conversation, _ in worker.asked)


async def test_a_question_that_is_too_long_by_itself_is_an_error(composer: Compose) -> None:
    worker = FakeWorker([PromptTooLong("9 > 8")])
    with pytest.raises(PromptTooLong):
        await composer(worker).compose(message("質問"))
    assert len(worker.asked[-1][1].turns) == 2


async def test_an_unusable_answer_is_asked_for_once_more_in_another_way(composer: Compose) -> None:
    worker = FakeWorker(["今日は" + "〜" * 40, "うん"])
    composed = await composer(worker).compose(message("元気？"))
    assert composed.text == "うん" and composed.is_usable
    assert [bool(overrides) for _, _, overrides in worker.asked] == [False, True]


async def test_two_unusable_answers_become_a_short_safe_one(composer: Compose) -> None:
    worker = FakeWorker([""])
    composed = await composer(worker).compose(message("元気？"))
    assert composed.text.startswith("うーん") and not composed.is_usable
    assert len(worker.asked) == 2


async def test_a_checkpoint_that_was_just_swapped_away_is_read_anew_once(composer: Compose, home: Path) -> None:
    worker = FakeWorker([UnknownCheckpoint("no hanako"), "うん"])
    assert (await composer(worker).compose(message("元気？"))).text == "うん"
    with pytest.raises(UnknownCheckpoint):
        await composer(FakeWorker([UnknownCheckpoint("no hanako")])).compose(message("元気？"))


async def test_the_answer_tells_which_checkpoint_gave_it(composer: Compose, home: Path) -> None:
    worker = FakeWorker(["うん"])
    assert (await composer(worker).compose(message("元気？"))).checkpoint == "hanako"
    (home / "checkpoints" / "current").write_text("base:mini\n")
    assert (await composer(worker).compose(message("元気？"))).checkpoint == "base:mini"


async def test_a_busy_or_restarting_worker_is_waited_for(composer: Compose) -> None:
    worker = FakeWorker([QueueFull("full", 0.01), QueueFull("full", 0.01), "うん"])
    assert (await composer(worker).compose(message("元気？"))).text == "うん"


@pytest.mark.parametrize("error", [WorkerLoading("loading", 0.3), WorkerSwapping("swapping", 0.3), WorkerAway("away")])
async def test_a_worker_that_is_only_waking_up_is_waited_for_beyond_a_persons_patience(
    composer: Compose, error: WorkerError
) -> None:
    worker = FakeWorker([error, error, "うん"])
    assert (await composer(worker, is_beside=True).compose(message("元気？"))).text == "うん"


async def test_a_worker_that_woke_up_and_is_busy_now_gets_a_persons_patience_afresh(composer: Compose) -> None:
    loading = WorkerLoading("loading", 0.3)
    worker = FakeWorker([loading, loading, QueueFull("full", 0.1), "うん"])
    assert (await composer(worker, is_beside=True).compose(message("元気？"))).text == "うん"


async def test_patience_begins_with_the_trouble_not_with_the_question(composer: Compose) -> None:
    class Slow(FakeWorker):
        async def stream(self, *args: Any, **named: Any) -> AsyncGenerator[Part, None]:
            if not self.asked:
                await asyncio.sleep(0.3)
            async for part in super().stream(*args, **named):
                yield part

    worker = Slow([QueueFull("the answer broke off late", 0.1), "うん"])
    assert (await composer(worker).compose(message("元気？"))).text == "うん"


@pytest.mark.parametrize("error", [QueueFull("full", 60), WorkerUnreachable("gone"), WorkerAway("nobody starts it")])
async def test_nobody_waits_longer_than_a_person_would(composer: Compose, error: Exception) -> None:
    with pytest.raises(type(error)):
        await composer(FakeWorker([error])).compose(message("元気？"))
