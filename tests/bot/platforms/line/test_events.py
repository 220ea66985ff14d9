"""One odd event never costs the others, and nothing that JSON can hold breaks the parser."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.platforms.line.events import Event, Message, Postback, Source, UnreadableBody, Unsend, parse_webhook
from tests.standins import line_events as events

NOW = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = [
    *("type", "message", "source", "timestamp", "mode", "webhookEventId", "deliveryContext", "replyToken"),
    *("unsend", "postback", "id", "text", "mention", "mentionees", "keywords", "quoteToken", "isSelf", "index"),
    *("length", "userId", "groupId", "messageId", "data"),
]
LOOSE_EVENTS = st.recursive(
    JSON_VALUES | st.sampled_from(["message", "unsend", "text", "user", "group", "active"]),
    lambda inner: st.dictionaries(st.sampled_from(FIELDS), inner, max_size=8) | st.lists(inner, max_size=3),
    max_leaves=20,
)


def read(*items: object) -> list[Event]:
    return list(parse_webhook(json.dumps({"events": items}).encode(), NOW).events)


def test_every_field_the_bot_uses_is_read() -> None:
    words = "@先輩 ねえ"
    sent = events.text(
        events.group(7), words, mention=events.mention(words, "@先輩"), quotedMessageId="42", markAsReadToken="m"
    )
    (event,) = read(sent)
    assert event.event_id == sent["webhookEventId"]
    assert event.at == datetime.fromtimestamp(sent["timestamp"] / 1000, UTC)
    assert event.source == Source(kind="group", chat_id=events.GROUP, author_id=events.author(7))
    assert event.reply_token == sent["replyToken"]
    assert isinstance(event.content, Message)
    assert (event.content.text, event.content.quoted_id, event.content.mark_as_read_token) == (words, "42", "m")
    assert [(m.start, m.length, m.is_self) for m in event.content.mentions] == [(0, 3, True)]


def test_buttons_and_unsent_messages_are_read() -> None:
    contents = [event.content for event in read(events.postback(events.user(), "x"), events.unsend(events.user(), "9"))]
    assert contents == [Postback("x"), Unsend("9")]


def test_events_come_out_oldest_first() -> None:
    late, early = events.follow(events.user(1)), events.follow(events.user(2))
    late["timestamp"] += 5
    assert [event.event_id for event in read(late, early)] == [early["webhookEventId"], late["webhookEventId"]]


def test_an_author_in_a_group_may_be_unknown() -> None:
    (event,) = read(events.text(events.group(None), "やあ"))
    assert event.source == Source(kind="group", chat_id=events.GROUP, author_id=None)


@pytest.mark.parametrize("timestamp", [None, "soon", True, -(10**30), 10**30])
def test_an_absurd_time_is_replaced_by_the_time_of_receipt(timestamp: object) -> None:
    (event,) = read(events.follow(events.user()) | {"timestamp": timestamp})
    assert event.at == NOW


def test_a_message_without_an_event_id_is_known_by_its_own() -> None:
    message = events.text(events.user(), "やあ")
    del message["webhookEventId"]
    (event,) = read(message)
    assert event.event_id == f"message-{message['message']['id']}"


def test_what_no_database_stores_is_taken_out_of_texts() -> None:
    (event,) = read(events.text(events.user(), "a\0\ud800b"))
    assert isinstance(event.content, Message)
    assert event.content.text == "a\ufffdb"


def test_an_absurdly_long_id_is_no_id() -> None:
    long = "x" * 101
    unnamed = events.text({"type": "group", "groupId": long}, "やあ", quotedMessageId=long)
    assert [(event.source, event.content and event.content.quoted_id) for event in read(unnamed)] == [(None, None)]
    assert read(events.follow(events.user()) | {"webhookEventId": long}) == []


def test_unreadable_events_are_counted_not_hidden() -> None:
    webhook = parse_webhook(json.dumps({"events": [1, {}, events.follow(events.user())]}).encode(), NOW)
    assert (len(webhook.events), webhook.num_unreadable) == (1, 2)


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"\xff\xfe", "先輩".encode("cp932"), b"{", b"[]", b"null", b"{}", b'{"events":{}}'),
        *(b"[" * 100_000, b'{"events":' + b"9" * 10_000 + b"}"),
    ],
    ids=len,
)
def test_a_body_that_is_no_webhook_is_named_in_one_sentence(body: bytes) -> None:
    with pytest.raises(UnreadableBody, match=r"^The webhook's body .*\.$"):
        parse_webhook(body, NOW)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(LOOSE_EVENTS, max_size=4))
def test_no_event_breaks_the_ones_beside_it(loose: list[object]) -> None:
    good = events.text(events.user(), "聞こえる？")
    body = json.dumps({"events": [*loose, good]}).encode()
    assert good["webhookEventId"] in [event.event_id for event in parse_webhook(body, NOW).events]
