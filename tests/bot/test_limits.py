"""An author may ask so often a minute, and nobody pays for another."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import limits
from bot.limits import Limits

NOON = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_a_minutes_worth_may_be_asked_at_once_and_then_one_at_a_time() -> None:
    bucket = Limits(per_minute=6)
    assert [bucket.wait_s("hana", NOON) for _ in range(7)] == [0.0] * 6 + [pytest.approx(10)]
    assert bucket.wait_s("hana", after(4)) == pytest.approx(6)
    assert bucket.wait_s("hana", after(11)) == 0.0
    assert bucket.wait_s("taro", NOON) == 0.0


@given(st.lists(st.floats(0, 600), max_size=200))
def test_nobody_gets_more_than_the_bucket_and_what_flowed_in(moments: list[float]) -> None:
    bucket = Limits(per_minute=5)
    allowed = sum(bucket.wait_s("hana", after(moment)) == 0.0 for moment in sorted(moments))
    assert allowed <= 5 + max(moments, default=0) * 5 / 60 + 1e-6


def test_authors_who_have_been_silent_take_no_memory() -> None:
    bucket = Limits(per_minute=5)
    for number in range(limits.MAX_BUCKETS + 2):
        bucket.wait_s(str(number), after(number))
    assert len(bucket._buckets) < 100
