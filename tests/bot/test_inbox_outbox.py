"""Accepted once, answered in order, delivered until confirmed."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from bot.inbox import Inbox
from bot.message import Accepted, Change, IncomingMessage, Platform, Withdrawn
from bot.outbox import Outbox, Patience
from bot.platforms.base import Delivered, Delivery, DeliveryFailed, DeliveryRefused
from bot.store import Store
from tests.bot.fakes import FakeDoor
from tests.bot.messages import message

HERE = "discord:c"


class SlowDoor(FakeDoor):
    """A delivery takes until it may go on."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.go_on = asyncio.Event(), asyncio.Event()

    async def deliver(self, delivery: Delivery) -> Delivered:
        """Wait, then deliver."""
        self.begun.set()
        await self.go_on.wait()
        return await super().deliver(delivery)


@pytest.fixture
def changes() -> asyncio.Queue[Change]:
    """What the responder would hear."""
    return asyncio.Queue()


@pytest.fixture
def inbox(store: Store, changes: asyncio.Queue[Change]) -> Inbox:
    """An empty inbox."""
    return Inbox(store, changes)


@pytest.fixture
def outbox(store: Store) -> Outbox:
    """An empty outbox that hardly waits."""
    return Outbox(store, Patience(first_s=0.001, most_s=0.01))


async def _answer(store: Store, inbox: Inbox, outbox: Outbox, question: IncomingMessage, *pieces: str) -> None:
    async with store.transaction() as transaction:
        assert await inbox.close(transaction, question)
        await outbox.put(transaction, question, pieces, per_delivery=1)


async def test_the_same_event_is_accepted_once_also_after_it_was_answered(store, inbox, outbox, changes) -> None:
    assert await inbox.accept(message("元気？"))
    assert not await inbox.accept(message("元気？"))
    await _answer(store, inbox, outbox, message("元気？"), "うん")
    assert not await inbox.accept(message("元気？"))
    assert [changes.get_nowait(), changes.empty()] == [Accepted(HERE, "discord:1"), True]


async def test_a_burst_is_stored_whole_each_event_once_and_in_its_order(inbox, changes) -> None:
    burst = [message(f"{number}", event_id=f"{number}") for number in range(40)]
    accepted = await asyncio.gather(*(inbox.accept(each) for each in [*burst, *burst]))
    assert accepted == [True] * 40 + [False] * 40
    assert changes.qsize() == 40
    first = await inbox.next_waiting(HERE)
    assert first is not None and first.text == "0"


async def test_a_caller_that_gives_up_takes_nobody_along(inbox, changes) -> None:
    waiting = [asyncio.create_task(inbox.accept(message("？", event_id=f"{number}"))) for number in range(6)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    waiting[3].cancel()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert [results[number] for number in (1, 2, 4, 5)] == [True] * 4
    assert not await inbox.accept(message("？", event_id="1"))


async def test_what_arrives_out_of_order_waits_in_the_order_it_was_sent(inbox: Inbox) -> None:
    noon = datetime(2026, 5, 1, 12, tzinfo=UTC)
    await inbox.accept(message("あと", event_id="2", sent_at=noon + timedelta(seconds=1)))
    await inbox.accept(message("さき", event_id="1", sent_at=noon))
    first = await inbox.next_waiting(HERE)
    assert first is not None and first.text == "さき" and first.sent_at == noon


async def test_an_answered_message_keeps_no_text_in_the_inbox(store, inbox, outbox) -> None:
    await inbox.accept(message("内緒"))
    await _answer(store, inbox, outbox, message("内緒"), "うん")
    door = FakeDoor()
    await outbox.deliver_open(HERE, door)
    assert door.tried[0].message.text == ""


async def test_a_withdrawn_message_is_neither_answered_nor_delivered(store, inbox, outbox, changes) -> None:
    await inbox.accept(message("やめた", event_id="e", message_id="m"))
    assert await inbox.withdraw(Platform.DISCORD, "m")
    assert await inbox.next_waiting(HERE) is None
    async with store.transaction() as transaction:
        assert not await inbox.close(transaction, message("やめた", event_id="e"))
    assert [changes.get_nowait(), changes.get_nowait()] == [Accepted(HERE, "discord:e"), Withdrawn("discord:e")]
    assert not await inbox.withdraw(Platform.DISCORD, "nobody knows")


async def test_a_new_life_finds_what_waits_and_what_is_undelivered(store, inbox, outbox) -> None:
    for name in ("answered", "undelivered", "waiting"):
        await inbox.accept(message("？", event_id=name, conversation_id=name))
    for name in ("answered", "undelivered"):
        await _answer(store, inbox, outbox, message("？", event_id=name, conversation_id=name), "！")
    await outbox.deliver_open("discord:answered", FakeDoor())
    assert await inbox.unfinished_conversations() == ["discord:undelivered", "discord:waiting"]


async def test_pieces_are_delivered_in_order_each_under_its_own_lasting_key(store, inbox, outbox) -> None:
    await inbox.accept(message("？"))
    await _answer(store, inbox, outbox, message("？"), "一", "二", "三")
    door = FakeDoor([DeliveryFailed("later"), DeliveryFailed("later", 0.001)])
    await outbox.deliver_open(HERE, door)
    assert door.shown == ["一", "二", "三"]
    assert [delivery.num_attempts for delivery in door.tried] == [0, 1, 2, 0, 0]
    assert len({delivery.key for delivery in door.tried[:3]}) == 1
    assert len({delivery.key for delivery in door.tried}) == 3
    assert [delivery.is_first for delivery in door.tried] == [True, True, True, False, False]


async def test_an_attempt_that_surely_came_to_nothing_is_not_counted(store, inbox, outbox) -> None:
    await inbox.accept(message("？"))
    await _answer(store, inbox, outbox, message("？"), "！")
    door = FakeDoor([DeliveryFailed("nothing sent", may_have_arrived=False), DeliveryFailed("who knows")])
    await outbox.deliver_open(HERE, door)
    assert [delivery.num_attempts for delivery in door.tried] == [0, 0, 1]


async def test_whoever_stops_an_attempt_in_progress_waits_for_its_end_but_not_for_ever(store, inbox) -> None:
    for last_call_s, shown in ((10.0, ["！"]), (0.01, [])):
        name = f"patience {last_call_s}"
        question = message("？", event_id=name, conversation_id=name)
        outbox, door = Outbox(store, Patience(last_call_s=last_call_s)), SlowDoor()
        await inbox.accept(question)
        await _answer(store, inbox, outbox, question, "！")
        delivering = asyncio.create_task(outbox.deliver_open(question.conversation, door))
        await door.begun.wait()
        delivering.cancel()
        asyncio.get_running_loop().call_later(0.1, door.go_on.set)
        with pytest.raises(asyncio.CancelledError):
            await delivering
        assert door.shown == shown
        is_open = question.conversation in await inbox.unfinished_conversations()
        assert is_open == (not shown)


async def test_a_door_can_ask_for_the_next_attempt_itself(store, inbox) -> None:
    outbox, now = Outbox(store, Patience(first_s=60, most_s=60)), asyncio.Event()
    await inbox.accept(message("？"))
    await _answer(store, inbox, outbox, message("？"), "！")
    door = FakeDoor([DeliveryFailed("wait for me", retry_when=now)])
    asyncio.get_running_loop().call_later(0.05, now.set)
    async with asyncio.timeout(10):
        await outbox.deliver_open(HERE, door)
    assert door.shown == ["！"]


async def test_what_was_confirmed_is_not_delivered_again(store, inbox, outbox) -> None:
    await inbox.accept(message("？"))
    await _answer(store, inbox, outbox, message("？"), "！")
    door = FakeDoor()
    await outbox.deliver_open(HERE, door)
    await outbox.deliver_open(HERE, door)
    assert door.shown == ["！"]


async def test_the_rest_of_a_refused_answer_is_not_tried(store, inbox, outbox) -> None:
    await inbox.accept(message("？"))
    await _answer(store, inbox, outbox, message("？"), "一", "二")
    door = FakeDoor([DeliveryRefused("blocked")])
    await outbox.deliver_open(HERE, door)
    assert door.shown == [] and len(door.tried) == 1


async def test_a_door_that_breaks_its_promise_is_tried_again(store, inbox, outbox) -> None:
    await inbox.accept(message("？"))
    await _answer(store, inbox, outbox, message("？"), "！")
    door = FakeDoor([RuntimeError("a bug")])
    await outbox.deliver_open(HERE, door)
    assert door.shown == ["！"]


async def test_an_answer_a_day_late_is_given_up(store, inbox, outbox) -> None:
    yesterday = message("？", sent_at=datetime.now(UTC) - timedelta(days=2))
    await inbox.accept(yesterday)
    await _answer(store, inbox, outbox, yesterday, "！")
    door = FakeDoor([DeliveryFailed("later")])
    await outbox.deliver_open(HERE, door)
    assert door.shown == []


async def test_the_bots_own_messages_and_pushes_are_known(store, inbox, outbox) -> None:
    await inbox.accept(message("？"))
    await _answer(store, inbox, outbox, message("？"), "！")
    before = datetime.now(UTC)
    await outbox.deliver_open(HERE, FakeDoor())
    assert await outbox.is_ours(Platform.DISCORD, "sent-1")
    assert not await outbox.is_ours(Platform.LINE, "sent-1")
    assert await outbox.num_pushes(Platform.DISCORD, before) == 1
    assert await outbox.num_pushes(Platform.DISCORD, datetime.now(UTC)) == 0


async def test_a_token_belongs_to_whoever_took_it_first_in_every_life(store, outbox) -> None:
    mine, other = uuid4(), uuid4()
    assert await outbox.claim("first", mine)
    assert await outbox.claim("second", None)
    again = Outbox(store)
    assert await again.claim("first", mine) and await again.claim("second", None)
    assert [await again.claim("first", other), await again.claim("first", None)] == [False, False]
    assert not await again.claim("second", mine)
    await again.forget_before(datetime.now(UTC) + timedelta(seconds=1))
    assert await again.claim("first", other)


async def test_old_events_are_forgotten_but_nothing_that_waits(store, inbox, outbox) -> None:
    await inbox.accept(message("？", event_id="waiting"))
    await inbox.accept(message("？", event_id="answered", conversation_id="d"))
    await _answer(store, inbox, outbox, message("？", event_id="answered", conversation_id="d"), "！")
    await outbox.deliver_open("discord:d", FakeDoor())
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    await outbox.forget_before(tomorrow)
    await inbox.forget_before(tomorrow)
    assert not await inbox.accept(message("？", event_id="waiting"))
    assert await inbox.accept(message("？", event_id="answered", conversation_id="d"))
