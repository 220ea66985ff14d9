"""Whoever has to wait is told their place, and honestly how long."""

import asyncio

import pytest

from bot.completions import QueueFull, WorkerAway, WorkerLoading, WorkerUnreachable
from bot.crowd import FIRST_GUESS_S
from bot.inbox import Inbox
from bot.waking import WorkerPatience
from model.protocol import Status
from tests.bot.fakes import FakeWorker, crowd
from tests.bot.messages import message


class BusyWorker(FakeWorker):
    """Has a queue, or fails."""

    queue, running, swapping, error = 0, 1, None, None

    async def status(self) -> Status:
        if self.error:
            raise self.error
        return (await super().status()).model_copy(
            update={"queue": self.queue, "running": self.running, "swapping": self.swapping}
        )


@pytest.fixture
def worker() -> BusyWorker:
    return BusyWorker([""])


@pytest.fixture
def inbox(store) -> Inbox:
    return Inbox(store, asyncio.Queue())


async def test_the_third_in_line_is_told_so_with_a_guess_from_how_long_answers_took(inbox, worker) -> None:
    here = crowd(inbox, worker)
    for _ in range(3):
        here.took(9.5)
    assert await here.sentence(2) == "いま3番目、あと20秒くらいです。"


async def test_whoever_moves_up_is_told_the_new_place(inbox, worker) -> None:
    here, asked = crowd(inbox, worker), [message(f"{n}番", event_id=str(n), message_id=str(n)) for n in range(3)]
    for each in asked:
        assert await inbox.accept(each)
    assert (await here.told(asked[2])).startswith("いま3番目")
    await inbox.withdraw(asked[0].platform, asked[0].message_id)
    assert (await here.told(asked[2])).startswith("いま2番目")
    assert await here.told(asked[1]) == ""


async def test_before_anything_was_measured_the_guess_is_a_usual_answer(inbox, worker) -> None:
    assert f"あと{FIRST_GUESS_S:.0f}秒" in await crowd(inbox, worker).sentence(1)


async def test_others_in_the_workers_queue_count_too(inbox, worker) -> None:
    here = crowd(inbox, worker)
    here.took(4)
    worker.queue, worker.running = 8, 2
    assert await here.sentence(0) == "いま9番目、あと20秒くらいです。"


async def test_whoever_nobody_is_ahead_of_is_told_nothing(inbox, worker) -> None:
    assert await crowd(inbox, worker).sentence(0) == ""


async def test_a_worker_that_asks_to_come_back_later_is_believed(inbox, worker) -> None:
    here, worker.error = crowd(inbox, worker), QueueFull("full", 42)
    assert await here.sentence(1) == "いま2番目、あと45秒くらいです。"
    worker.error = WorkerUnreachable("gone")
    assert await here.sentence(1) == "いま2番目、あと10秒くらいです。"


async def test_whoever_asks_before_the_worker_is_up_is_told_that_it_wakes_up(inbox, worker) -> None:
    here, worker.error = crowd(inbox, worker, patience=WorkerPatience(is_beside=True)), WorkerLoading("loading", 1)
    assert (await here.sentence(0)).startswith("まだ起きたばかりです。")
    worker.error = WorkerAway("not there yet")
    assert (await here.sentence(2)).startswith("まだ起きたばかりです。")
    assert await crowd(inbox, worker).sentence(0) == "", "nobody knows when a worker that others run will be back"


async def test_whoever_waits_for_a_swap_is_told_so(inbox, worker) -> None:
    here, worker.swapping = crowd(inbox, worker), "taro"
    assert (await here.sentence(0)).startswith("いま切り替え中です。")


async def test_places_count_everybody_and_what_is_too_many_counts_an_authors_own(inbox, worker) -> None:
    for number, author in enumerate(("hana", "taro", "hana", "hana")):
        await inbox.accept(message("質問", event_id=str(number), author_id=author))
    places = [await crowd(inbox, worker, max_waiting=1).place("discord:c", f"discord:{n}") for n in range(4)]
    assert places[0] is None
    assert [(place.num_ahead, place.is_one_too_many) for place in places[1:]] == [(1, False), (2, False), (3, True)]
