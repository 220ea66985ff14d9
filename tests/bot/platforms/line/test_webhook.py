"""The webhook answers at once, believes only LINE, and survives whatever is sent to it."""

import asyncio
import json
import logging
import time

import aiohttp
import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.platforms.line.events import Webhook
from bot.platforms.line.signature import sign
from bot.platforms.line.webhook import MAX_BODY_BYTES, webhook_app
from bot.settings import LINE_WEBHOOK_PATHS
from tests.bot.platforms.line.conftest import House, until
from tests.standins import line_events as events
from tests.standins.line import SECRET, Fault

SIGNATURE = "x-line-signature"


class Taken:
    """Stands where the door stands, and remembers what it was handed."""

    def __init__(self) -> None:
        self.webhooks: list[Webhook] = []

    async def take(self, webhook: Webhook) -> None:
        self.webhooks.append(webhook)


async def post(
    taken: Taken, body: bytes, headers: dict[str, str | bytes], path: str = "/line/webhook"
) -> httpx.Response:
    transport = httpx.ASGITransport(app=webhook_app((SECRET,), taken.take))
    async with httpx.AsyncClient(transport=transport, base_url="http://line") as client:
        return await client.post(path, content=body, headers=headers)


def signed(body: bytes) -> dict[str, str | bytes]:
    return {SIGNATURE: sign(body, SECRET)}


@pytest.mark.parametrize(
    "headers", [{}, {SIGNATURE: ""}, {SIGNATURE: "AAAA"}, {SIGNATURE: "ｼｸﾞﾈﾁｬ".encode()}, {SIGNATURE: b"\xff\x00"[:1]}]
)
async def test_without_a_right_signature_nothing_is_read(
    headers: dict[str, str | bytes], caplog: pytest.LogCaptureFixture
) -> None:
    taken = Taken()
    body = json.dumps({"events": [events.text(events.user(), "秘密")]}).encode()
    response = await post(taken, body, headers)
    assert response.status_code == 400
    assert response.text == "The signature is missing or wrong; check LINE_CHANNEL_SECRET.\n"
    assert taken.webhooks == []
    assert SECRET not in caplog.text
    assert "秘密" not in caplog.text


@pytest.mark.parametrize("path", LINE_WEBHOOK_PATHS)
async def test_it_listens_at_the_path_of_the_documents_and_at_that_of_lines_samples(path: str) -> None:
    taken, body = Taken(), json.dumps({"events": []}).encode()
    assert (await post(taken, body, signed(body), path)).status_code == 200
    assert len(taken.webhooks) == 1


async def test_a_signature_belongs_to_exactly_these_bytes() -> None:
    taken = Taken()
    assert (await post(taken, b'{"events": []}', signed(b'{"events":[]}'))).status_code == 400
    assert taken.webhooks == []


async def test_a_header_in_another_case_is_the_same_header() -> None:
    taken = Taken()
    body = b'{"events":[]}'
    assert (await post(taken, body, {"X-Line-Signature": sign(body, SECRET)})).status_code == 200
    assert len(taken.webhooks) == 1


@pytest.mark.parametrize("body", [b"\xff\xfe\xfa", "先輩".encode("cp932"), b"not json", b"[]"])
async def test_a_signed_body_that_is_no_webhook_is_refused_with_one_sentence(body: bytes) -> None:
    taken = Taken()
    response = await post(taken, body, signed(body))
    assert response.status_code == 400
    assert response.text.startswith("The webhook's body ")
    assert response.text.count("\n") == 1
    assert taken.webhooks == []


async def test_a_body_beyond_the_cap_is_refused_unread() -> None:
    taken = Taken()
    body = b" " * (MAX_BODY_BYTES + 1)
    assert (await post(taken, body, signed(body))).status_code == 413
    assert taken.webhooks == []


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.none() | st.binary(max_size=60).filter(lambda value: b"\n" not in value))
def test_nothing_that_is_sent_makes_the_webhook_fail(body: bytes, signature: bytes | None) -> None:
    headers = signed(body) if signature is None else {SIGNATURE: signature}
    status = asyncio.run(post(Taken(), body, headers)).status_code
    assert status in (200, 400)


async def test_the_log_names_no_secret_token_text_or_person_whatever_happens(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    house.line.faults["message/reply"].extend([Fault.REFUSED, Fault.LOST])
    direct, grouped = events.text(events.user(), "ひみつの趣味"), events.text(events.group(2), "ハヤテ先輩、内緒だよ")
    others = [
        events.follow(events.user(3)),
        events.join(),
        events.sticker(events.user(4), "cony", "hi"),
        events.text(events.group(2), "ひとりごと"),
        events.edited(grouped, "ハヤテ先輩、もっと内緒だよ"),
        events.unsend(events.user(), direct["message"]["id"]),
        events.postback(events.user(4), "answer"),
        events.event("unfollow", events.user(3)),
        events.event("hologram", events.group(5)),
        events.text(events.user(1), "/forget-me"),
    ]
    assert await house.line.send(direct, grouped, *others, check=False) == 200
    await until(lambda: len(house.line.shown) >= 5)
    await house.line.post('{"events": "趣味"}'.encode(), {"x-line-signature": "AAAA"})
    hidden = [SECRET, house.line.access_token, events.GROUP, *(events.author(number) for number in range(1, 6))]
    hidden += ["趣味", "内緒", "ひとりごと", "cony", "senpai（AI）", direct["replyToken"], grouped["replyToken"]]
    assert [word for word in hidden if word in caplog.text] == []


async def burst(house: House, count: int) -> list[float]:
    """Send ``count`` webhooks at once from as many authors; return how long each took, in seconds.

    Nothing is judged meanwhile: the judge would take the time that is measured.
    """
    house.line.spec = None

    async def timed(number: int) -> float:
        began = time.monotonic()
        assert await house.line.send(events.text(events.user(number), f"{number}番")) == 200
        return time.monotonic() - began

    return sorted(await asyncio.gather(*(timed(number) for number in range(1, count + 1))))


async def test_a_burst_of_webhooks_is_acknowledged_in_time_and_answered_without_loss(house: House) -> None:
    took_s = await burst(house, 20)
    await house.line.wait_shown(20, timeout_s=30)
    assert took_s[-1] < 2
    assert sorted(house.line.replies) == sorted([f"うん、「{number}番」ね！"] for number in range(1, 21))


async def test_a_client_that_hangs_up_does_not_disturb_the_next(house: House) -> None:
    host = house.line.webhook_url.removeprefix("http://").partition("/")[0]
    address, _, port = host.partition(":")
    _, writer = await asyncio.open_connection(address, int(port))
    writer.write(b"POST /line/webhook HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
    await writer.drain()
    writer.close()
    async with aiohttp.ClientSession() as session, session.get(house.line.webhook_url) as response:
        assert response.status == 405
    assert await house.line.send(events.text(events.user(), "聞こえる？")) == 200
    await house.line.wait_shown(1)
