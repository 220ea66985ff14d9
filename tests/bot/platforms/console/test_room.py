"""Every open page sees the same conversation, also one that is opened in the middle of an answer."""

from contextlib import aclosing

import pytest

from bot.completions import WorkerUnreachable
from bot.platforms.console.overheard import Overheard
from bot.platforms.console.room import AUTHOR_ID, MAX_EXCHANGES, Exchange, Room
from model.conversation import Conversation, Role, Turn
from tests.bot.fakes import FakeWorker

QUESTION = Conversation((Turn(Role.USER, "趣味は？"),))


class Page:
    """A watcher that remembers what it was told."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def changed(self, exchange: Exchange) -> None:
        self.seen.append(f"{exchange.key}: {exchange.answer}{'…' if exchange.is_open else ''}")

    def left(self, key: str) -> None:
        self.seen.append(f"{key} left")


async def _overhear(room: Room, worker: FakeWorker, author: str = AUTHOR_ID) -> str:
    stream = Overheard(worker, room).stream(QUESTION, checkpoint="hanako", author=author, overrides={})
    async with aclosing(stream):
        return "".join([part.text async for part in stream])


async def test_every_open_page_hears_the_answer_while_it_is_written_and_a_closed_one_no_longer() -> None:
    room, first, second = Room(), Page(), Page()
    room.watch(first)
    room.watch(second)
    room.asked("1", "趣味は？")
    room.leave(second)
    room.leave(second)
    with room.working("1"):
        assert await _overhear(room, FakeWorker(["麻雀だよ〜"])) == "麻雀だよ〜"
    room.replied("1", "趣味は？", "麻雀だよ〜。", is_first=True)
    assert first.seen == ["1: …", "1: …", "1: 麻雀だよ〜…", "1: 麻雀だよ〜。"]
    assert second.seen == ["1: …"]


async def test_a_second_try_takes_the_place_of_the_first_and_both_prompts_are_kept() -> None:
    room = Room()
    room.asked("1", "趣味は？")
    with room.working("1"):
        await _overhear(room, FakeWorker(["あああああ"]))
        await _overhear(room, FakeWorker(["麻雀"]))
    (exchange,) = room.exchanges
    assert exchange.answer == "麻雀"
    assert [asked.conversation for asked in exchange.tries] == [QUESTION, QUESTION]


async def test_nobody_elses_answers_are_overheard() -> None:
    room = Room()
    room.asked("1", "趣味は？")
    with room.working("1"):
        await _overhear(room, FakeWorker(["内緒だよ"]), author="somebody on Discord")
    assert room.exchanges[0].answer == ""


async def test_the_strength_is_asked_for_only_when_the_builder_chose_one() -> None:
    room, worker = Room(), FakeWorker(["うん"])
    await _overhear(room, worker)
    room.strength = 0.5
    await _overhear(room, worker)
    await _overhear(room, worker, author="somebody on Discord")
    assert [dict(overrides) for _, _, overrides in worker.asked] == [{}, {"strength": 0.5}, {}]


async def test_an_error_of_the_worker_goes_through() -> None:
    with pytest.raises(WorkerUnreachable):
        await _overhear(Room(), FakeWorker([WorkerUnreachable("gone")]))


def test_an_answer_delivered_after_a_restart_is_shown_with_its_question() -> None:
    room = Room()
    room.replied("1", "趣味は？", "麻雀", is_first=True)
    room.replied("1", "趣味は？", "だよ", is_first=False)
    assert room.exchanges == (Exchange(key="1", question="趣味は？", answer="麻雀だよ", is_open=False),)


def test_what_is_taken_back_leaves_every_page_and_old_exchanges_make_room() -> None:
    room, page = Room(), Page()
    for number in range(MAX_EXCHANGES + 1):
        room.asked(str(number), "趣味は？")
    assert [room.exchanges[0].key, len(room.exchanges)] == ["1", MAX_EXCHANGES]
    room.watch(page)
    room.forget("1")
    assert page.seen == ["1 left"]
