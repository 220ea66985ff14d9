"""How a call to LINE went is said in a few words, and only those."""

from uuid import uuid4

import pytest

from bot.platforms.line.sending import (
    AccessTokenRejected,
    MonthUsedUp,
    OutcomeUnknown,
    Parcel,
    Refused,
    Sticker,
    TokenInvalid,
    TryLater,
    open_api,
)
from tests.standins import line_events as events
from tests.standins.line import ACCESS_TOKEN, Fault, LineStandIn

HELLO = Parcel(texts=("やあ",))


async def test_a_line_that_cannot_be_reached_did_nothing() -> None:
    async with open_api(ACCESS_TOKEN, "http://127.0.0.1:9") as api:
        with pytest.raises(TryLater):
            await api.reply("token", HELLO)


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        (Fault.REFUSED, OutcomeUnknown),
        (Fault.RESET, OutcomeUnknown),
        (Fault.LOST, OutcomeUnknown),
        (Fault.EXPIRED, TokenInvalid),
        (Fault.RATE_LIMITED, TryLater),
        (Fault.MONTH_USED_UP, MonthUsedUp),
    ],
)
async def test_every_fault_has_its_own_word(line: LineStandIn, fault: Fault, problem: type[Exception]) -> None:
    line.faults["message/push"].append(fault)
    async with open_api(ACCESS_TOKEN, line.url) as api:
        with pytest.raises(problem) as raised:
            await api.push(events.author(1), HELLO, uuid4())
    assert type(raised.value) is problem


async def test_a_wrong_access_token_is_told_from_every_other_refusal(line: LineStandIn) -> None:
    async with open_api("wrong", line.url) as api:
        with pytest.raises(AccessTokenRejected):
            await api.check_access_token()
    async with open_api(ACCESS_TOKEN, line.url) as api:
        with pytest.raises(Refused):
            await api.show_loading(events.GROUP)


async def test_a_push_repeated_under_its_key_is_a_success_and_shown_once(line: LineStandIn) -> None:
    key = uuid4()
    async with open_api(ACCESS_TOKEN, line.url) as api:
        await api.push(events.author(1), HELLO, key)
        await api.push(events.author(1), HELLO, key)
    assert line.num_pushes == 1


async def test_the_quota_is_read_and_never_below_nothing(line: LineStandIn) -> None:
    line.push_quota = 1
    async with open_api(ACCESS_TOKEN, line.url) as api:
        assert await api.num_pushes_left() == 1
        await api.push(events.author(1), HELLO, uuid4())
        line.push_quota = 0
        assert await api.num_pushes_left() == 0


async def test_a_parcel_of_five_texts_leaves_no_room_for_a_sticker(line: LineStandIn) -> None:
    async with open_api(ACCESS_TOKEN, line.url) as api:
        full = Parcel(texts=("一", "二", "三", "四", "五"), sticker=Sticker("11537", "52002738"), speaker="先輩（AI）")
        await api.push(events.author(1), full, uuid4())
    assert [message["type"] for message in line.shown[0].messages] == ["text"] * 5


async def test_when_the_door_closes_nothing_more_is_sent(line: LineStandIn) -> None:
    async with open_api(ACCESS_TOKEN, line.url) as api:
        pass
    with pytest.raises(TryLater):
        await api.push(events.author(1), HELLO, uuid4())
    assert line.called == []
