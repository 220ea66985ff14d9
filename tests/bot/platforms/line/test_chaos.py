"""Faults, redeliveries and restarts at random moments: every accepted message is answered once, in order, for free."""

import asyncio
import random
from collections import defaultdict

import aiohttp
import pytest

from bot.platforms.line.courier import Patience
from tests.bot.platforms.line.conftest import House, OpenHouse
from tests.standins import line_events as events
from tests.standins.line import Fault, LineStandIn

FAULTS = (Fault.REFUSED, Fault.RESET, Fault.LOST, Fault.GARBLED, Fault.RATE_LIMITED)
NUM_AUTHORS = 6
NO_NOTICES = Patience(notice_after_s=3600, pauses_s=(0.05, 0.1))
"""On a busy machine a restart may take longer than a token lives; what happens then is tested elsewhere."""


async def hand_over(line: LineStandIn, event: events.Json) -> None:
    """Deliver as LINE does with redelivery on: again until it is acknowledged, and now and then once too often."""
    again = event
    for _ in range(2000):
        try:
            if await line.send(again) == 200:
                return
        except aiohttp.ClientError:
            pass
        again = events.redelivered(event)
        await asyncio.sleep(0.02)
    raise TimeoutError


async def talk(line: LineStandIn, number: int, num_messages: int, chance: random.Random) -> None:
    for place in range(num_messages):
        event = events.text(events.user(number), f"{number}の{place}")
        await hand_over(line, event)
        if chance.random() < 0.3:
            await hand_over(line, events.redelivered(event))
        if chance.random() < 0.4:
            line.faults["message/reply"].append(chance.choice(FAULTS))
        await asyncio.sleep(chance.random() * 0.05)


async def live_and_die(open_house: OpenHouse, line: LineStandIn, num_deaths: int, chance: random.Random) -> None:
    for _ in range(num_deaths):
        async with open_house(NO_NOTICES):
            await asyncio.sleep(chance.random() * 0.6)
        line.webhook_url = "http://127.0.0.1:9/nobody"


@pytest.mark.parametrize(
    ("seed", "num_messages", "num_deaths"),
    [(1, 3, 2), *(pytest.param(seed, 8, 6, marks=pytest.mark.slow) for seed in range(2, 6))],
)
async def test_every_message_is_answered_once_in_order_and_without_a_push(
    open_house: OpenHouse, line: LineStandIn, seed: int, num_messages: int, num_deaths: int
) -> None:
    chance = random.Random(seed)
    line.webhook_url = "http://127.0.0.1:9/nobody"
    line.reply_ttl_s = 600
    async with asyncio.TaskGroup() as group:
        for number in range(1, NUM_AUTHORS + 1):
            group.create_task(talk(line, number, num_messages, chance))
        await live_and_die(open_house, line, num_deaths, chance)
        async with open_house(NO_NOTICES) as house:
            await line.wait_shown(NUM_AUTHORS * num_messages, timeout_s=120)
            await asyncio.sleep(0.5)
    assert line.num_pushes == 0
    assert shown_by_author(house) == {
        events.author(number): [f"うん、「{number}の{place}」ね！" for place in range(num_messages)]
        for number in range(1, NUM_AUTHORS + 1)
    }


def shown_by_author(house: House) -> dict[str, list[str]]:
    shown = defaultdict(list)
    for call in house.line.shown:
        shown[call.chat_id].extend(call.texts)
    return dict(shown)
