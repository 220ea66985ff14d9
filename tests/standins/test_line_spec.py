"""The judge finds what LINE would refuse: a judge that accepts everything proves nothing."""

from typing import Any

import pytest

from tests.shared import SHARED, needs_shared
from tests.standins import line_events as events
from tests.standins.line_spec import RETRY_KEY, LineSpec

pytestmark = needs_shared

HEADERS = {"Authorization": "Bearer token"}
TEXT = {"type": "text", "text": "やあ"}
BUTTON = {"type": "action", "action": {"type": "postback", "label": "回答を見る", "data": "answer"}}
KEY = {RETRY_KEY: "123e4567-e89b-12d3-a456-426614174000"}


@pytest.fixture(scope="module")
def spec() -> LineSpec:
    return LineSpec(SHARED)


def reply(spec: LineSpec, *messages: object, headers: dict[str, str] | None = None, **fields: object) -> list[str]:
    body = {"replyToken": "token", "messages": list(messages), **fields}
    return spec.judge_request("POST", "/v2/bot/message/reply", HEADERS | (headers or {}), body)


def webhook(spec: LineSpec, event: dict[str, Any]) -> list[str]:
    return spec.judge_webhook({"destination": events.BOT, "events": [event]})


def test_what_line_allows_passes(spec: LineSpec) -> None:
    assert reply(spec, TEXT, TEXT | {"quoteToken": "q", "quickReply": {"items": [BUTTON]}}) == []
    push = {"to": "U1", "messages": [TEXT]}
    assert spec.judge_request("POST", "/v2/bot/message/push", HEADERS | KEY, push) == []
    loading = {"chatId": "U1", "loadingSeconds": 60}
    assert spec.judge_request("POST", "/v2/bot/chat/loading/start", HEADERS, loading) == []
    assert spec.judge_request("GET", "/v2/bot/profile/U1", HEADERS, None) == []


@pytest.mark.parametrize(
    ("message", "complaint"),
    [
        ({"type": "text"}, "'text' is a required property"),
        ({"type": "bogus"}, "'bogus' is not one of"),
        ({"text": "やあ"}, "'type' is a required property"),
        (TEXT | {"quotetoken": "q"}, "'quotetoken' was unexpected"),
        (TEXT | {"text": 5}, "is not of type 'string'"),
        (TEXT | {"text": ""}, "0 UTF-16 units"),
        (TEXT | {"text": "😀" * 2501}, "5002 UTF-16 units"),
        (TEXT | {"quickReply": {"items": [BUTTON] * 14}}, "is too long"),
        (TEXT | {"quickReply": {"items": [{"action": {"type": "postback", "data": "x" * 301}}]}}, "action.data"),
        (TEXT | {"quickReply": {"items": [{"action": {"type": "teleport"}}]}}, "'teleport' is not one of"),
        ("やあ", "is not of type 'object'"),
    ],
)
def test_a_message_line_would_refuse_is_found(spec: LineSpec, message: object, complaint: str) -> None:
    assert any(complaint in problem for problem in reply(spec, message))


def test_too_many_or_no_messages_are_found(spec: LineSpec) -> None:
    assert reply(spec)
    assert reply(spec, *[TEXT] * 6)


def test_unknown_fields_and_operations_are_found(spec: LineSpec) -> None:
    assert reply(spec, TEXT, to="U1")
    assert spec.judge_request("POST", "/v2/bot/message/shout", HEADERS, {})


def test_headers_are_judged(spec: LineSpec) -> None:
    push = {"to": "U1", "messages": [TEXT]}
    assert reply(spec, TEXT, headers=KEY)
    assert reply(spec, TEXT, headers={"Authorization": ""})
    assert spec.judge_request("POST", "/v2/bot/message/push", HEADERS, push)
    assert spec.judge_request("POST", "/v2/bot/message/push", HEADERS | {RETRY_KEY: "1"}, push)


@pytest.mark.parametrize("seconds", [0, 7, 65])
def test_a_loading_time_line_would_refuse_is_found(spec: LineSpec, seconds: int) -> None:
    loading = {"chatId": "U1", "loadingSeconds": seconds}
    assert spec.judge_request("POST", "/v2/bot/chat/loading/start", HEADERS, loading)


def test_answers_of_the_stand_in_are_judged(spec: LineSpec) -> None:
    path = "/v2/bot/message/reply"
    assert spec.judge_response("POST", path, 200, {"sentMessages": [{"id": "1"}]}) == []
    assert spec.judge_response("POST", path, 200, {"sentMessages": []})
    assert spec.judge_response("POST", path, 400, {"reason": "?"})


def test_webhooks_as_the_stand_in_builds_them_are_lines(spec: LineSpec) -> None:
    words = "@先輩 やあ"
    built = [
        events.text(events.user(), "やあ"),
        events.text(events.group(None), words, mention=events.mention(words, "@先輩"), quotedMessageId="1"),
        events.sticker(events.group(), "笑顔"),
        events.image(events.user()),
        events.unsend(events.user(), "1"),
        events.postback(events.user(), "answer"),
        events.follow(events.user()),
        events.join(),
    ]
    assert [problem for event in built for problem in webhook(spec, event)] == []


def test_a_webhook_line_would_not_send_is_found(spec: LineSpec) -> None:
    unquotable = events.text(events.user(), "やあ")
    del unquotable["message"]["quoteToken"]
    assert webhook(spec, unquotable)
    assert webhook(spec, events.text({"type": "group"}, "やあ"))
    assert webhook(spec, events.event("hologram", events.user()))
