"""Pushes are counted by month, in Japan, and never past the operator's limit."""

from datetime import UTC, datetime
from uuid import uuid4

from bot.platforms.line.budget import PushBudget

NOVEMBER = datetime(2026, 11, 30, 14, 59, tzinfo=UTC)  # 23:59 in Japan
DECEMBER = datetime(2026, 11, 30, 15, 0, tzinfo=UTC)  # 00:00 in Japan


async def two_spent(since: datetime) -> int:
    return 2 if since < NOVEMBER else 0


async def test_nothing_is_spent_while_the_budget_is_zero() -> None:
    assert not await PushBudget(0, two_spent).take(uuid4(), NOVEMBER)


async def test_what_was_spent_before_counts() -> None:
    budget = PushBudget(3, two_spent)
    assert await budget.take(uuid4(), NOVEMBER)
    assert not await budget.take(uuid4(), NOVEMBER)


async def test_the_same_push_is_counted_once_and_what_was_not_sent_is_given_back() -> None:
    budget, key = PushBudget(3, two_spent), uuid4()
    assert await budget.take(key, NOVEMBER)
    assert await budget.take(key, NOVEMBER)
    budget.give_back(key)
    assert await budget.take(uuid4(), NOVEMBER)


async def test_a_month_closed_by_line_stays_closed_and_the_next_one_is_open() -> None:
    budget, key = PushBudget(3, two_spent), uuid4()
    assert await budget.take(key, NOVEMBER)
    budget.close(NOVEMBER)
    assert not await budget.take(key, NOVEMBER)
    assert await budget.take(key, DECEMBER)


async def test_a_new_month_begins_at_midnight_in_japan() -> None:
    budget = PushBudget(3, two_spent)
    assert await budget.take(uuid4(), NOVEMBER)
    assert not await budget.take(uuid4(), NOVEMBER)
    assert await budget.take(uuid4(), DECEMBER)
