"""What stands between a message and its answer: rests, quiet hours, long messages, too many of them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.i18n import Sentences
from bot.limits import Limits
from bot.pause import Pause
from bot.quiet import QuietHours
from bot.restraint import Rates, Restraint
from tests.bot.fakes import restraint
from tests.bot.messages import message

NOON = datetime(2026, 11, 3, 3, 0, tzinfo=UTC)
"""Noon in Japan."""


def test_a_message_that_is_too_long_is_told_its_length_and_the_most_that_is_read(tmp_path: Path) -> None:
    told = restraint(Pause(tmp_path / "paused")).objection(message("あ" * 2001))
    assert told == "メッセージが長すぎます（2001字）。2000字までに短くして、もう一度送ってください。"


@pytest.mark.parametrize(("hour", "sleeps"), [(13, False), (14, True), (21, True), (22, False)])
def test_at_night_the_bot_says_until_when_it_sleeps(tmp_path: Path, hour: int, sleeps: bool) -> None:
    at_night = restraint(Pause(tmp_path / "paused"), quiet_hours=QuietHours.parse("23:00-07:00"))
    told = at_night.objection(message("起きてる？", sent_at=datetime(2026, 11, 3, hour, tzinfo=UTC)))
    assert told == ("この時間はお休みしています。07:00になったら、また話しかけてください。" if sleeps else None)


@pytest.mark.parametrize(
    ("written", "utc", "sleeps"),
    [
        ("12:00-13:00", 3, True),
        ("12:00-13:00", 4, False),
        ("12:00-13:00+00:00", 12, True),
        ("4:00-5:00-01:30", 6, True),
    ],
)
def test_quiet_hours_are_in_japans_time_or_in_the_one_written_behind_them(written: str, utc: int, sleeps: bool) -> None:
    assert QuietHours.parse(written).holds(datetime(2026, 11, 3, utc, 0, tzinfo=UTC)) is sleeps


@pytest.mark.parametrize("written", ["", "night", "23-7", "25:00-07:00", "23:00-07:00+99:00", "23:00-07:00 JST"])
def test_quiet_hours_that_cannot_be_read_say_how_they_are_written(written: str) -> None:
    with pytest.raises(ValueError, match="write quiet hours as 23:00-07:00"):
        QuietHours.parse(written)


def test_author_place_and_platform_each_have_a_limit_and_one_that_refuses_costs_the_others_nothing(tmp_path) -> None:
    rates = Rates(author=Limits(2), conversation=Limits(3), platform=Limits(4))
    gate = Restraint(
        rates=rates, max_chars=10, pause=Pause(tmp_path / "p"), quiet_hours=None, sentences=Sentences("ja")
    )

    def told(author: str, place: str) -> str:
        asked = message("元気？", author_id=author, conversation_id=place, sent_at=NOON)
        return (gate.objection(asked) or "answered")[:8]

    assert [told("hana", "a") for _ in range(3)] == ["answered", "answered", "少し急ぎすぎです"]
    assert told("taro", "a") == "answered"
    assert told("jiro", "a") == "ここはいま話が多"
    assert told("jiro", "b") == "answered"
    assert told("saburo", "c") == "いま話しかけてく"
    later = message("元気？", author_id="saburo", conversation_id="c", sent_at=NOON + timedelta(seconds=60))
    assert gate.objection(later) is None
