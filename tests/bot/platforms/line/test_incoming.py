"""What an author said to the bot, in words every platform shares."""

import json
from datetime import UTC, datetime

import pytest

from bot.message import IncomingMessage
from bot.platforms.line.events import parse_webhook
from bot.platforms.line.incoming import ReplyTo, translate
from bot.platforms.line.sending import Sticker
from tests.standins import line_events as events

NOW = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)
ADMIN = events.author(99)


def translated(event: dict[str, object], *, is_quoting_us: bool = False) -> IncomingMessage | None:
    (read,) = parse_webhook(json.dumps({"events": [event]}).encode(), NOW).events
    return translate(read, is_quoting_us=is_quoting_us, admin_ids=(ADMIN,))


@pytest.mark.parametrize(
    ("words", "name", "expected"),
    [
        ("@先輩 ねえ", "@先輩", "ねえ"),
        ("😀😀 ＠先輩 ねえ", "＠先輩", "😀😀  ねえ"),
        ("ねえ @先輩", "@先輩", "ねえ"),
        ("@先輩", "@先輩", "@先輩"),
        ("先輩ねえ", "先輩", "先輩ねえ"),
    ],
)
def test_the_bots_own_name_is_cut_out_of_a_mention(words: str, name: str, expected: str) -> None:
    message = translated(events.text(events.group(), words, mention=events.mention(words, name)))
    assert message
    assert message.text == expected
    assert message.is_addressed


def test_mentioning_somebody_else_does_not_address_the_bot() -> None:
    words = "@後輩 ねえ"
    mention = events.mention(words, "@後輩", is_self=False)
    message = translated(events.text(events.group(), words, mention=mention))
    assert message
    assert not message.is_addressed
    assert message.text == words


def test_an_administrator_is_one_in_direct_chats_only() -> None:
    direct, grouped = translated(events.text(events.user(99), "a")), translated(events.text(events.group(99), "a"))
    assert direct
    assert grouped
    assert direct.is_admin
    assert not grouped.is_admin


def test_groups_keep_what_to_quote_and_direct_chats_do_not() -> None:
    question = events.text(events.group(), "a")
    grouped, direct = translated(question), translated(events.text(events.user(), "a"))
    assert grouped
    assert direct
    assert ReplyTo.decode(grouped.reply_to) == ReplyTo(
        token=question["replyToken"], quote_token=question["message"]["quoteToken"]
    )
    decoded = ReplyTo.decode(direct.reply_to)
    assert decoded
    assert decoded.quote_token is None


def test_what_the_answer_will_need_survives_being_stored() -> None:
    kept = ReplyTo(token="t", read_token="r", sticker=Sticker("1", "2"))
    assert ReplyTo.decode(kept.encode()) == kept
    assert ReplyTo.decode('{"token": "written by an earlier version"}') is not None


def test_what_cannot_be_answered_is_not_a_message() -> None:
    question = events.text(events.user(), "a")
    del question["replyToken"]
    assert translated(question) is None
    assert translated(events.image(events.user())) is None
    assert translated(events.follow(events.user())) is None


def test_authors_without_an_id_share_one_name_per_group_and_are_never_administrators() -> None:
    message = translated(events.text(events.group(None), "a"))
    assert message
    assert message.author_id == f"{events.GROUP}:anonymous"
    assert not message.is_admin


def test_a_sticker_says_what_it_shows() -> None:
    message = translated(events.sticker(events.user(), "cony", "凝視", "のぞく", "sally"))
    assert message
    assert message.text == "（スタンプ：cony、凝視、のぞく）"
