"""Ten thousand malformed webhooks: refused or ignored, never a server error, nothing stored, no secret in the log."""

import asyncio
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from bot.current import CurrentCheckpoint
from bot.i18n import Sentences
from bot.inbox import Inbox
from bot.outbox import Outbox
from bot.platforms.line import LineDoor
from bot.platforms.line.signature import sign
from bot.platforms.line.webhook import webhook_app
from bot.policy import Policy
from bot.settings import Settings
from bot.store import Store, messages
from bot.talk import Talk, talk
from tests.bot.platforms.line.test_events import LOOSE_EVENTS
from tests.standins.line import ACCESS_TOKEN, SECRET

SIGNATURE = "x-line-signature"
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
HEADER_VALUES = st.binary(max_size=80).map(lambda value: value.replace(b"\r", b"").replace(b"\n", b"").strip())
ODD_HEADERS = st.dictionaries(
    st.sampled_from([SIGNATURE, "X-LINE-SIGNATURE", "content-type", "content-encoding", "x-forwarded-for", "accept"]),
    HEADER_VALUES,
    max_size=4,
)
UNREADABLE_BODIES = st.one_of(
    st.binary(max_size=400),
    TEXTS.map(str.encode),
    st.recursive(st.none() | st.integers() | TEXTS, st.lists, max_leaves=10).map(
        lambda value: json.dumps(value).encode()
    ),
    st.sampled_from([b"[" * 5000, b'{"a":' * 2000, b"9" * 5000, b'{"events":{}}', b"\xef\xbb\xbf{}", b"{}" * 50]),
)
WEBHOOKS = st.fixed_dictionaries({"events": st.lists(LOOSE_EVENTS, max_size=4)}).map(
    lambda body: json.dumps(body).encode()
)


class Webhook:
    """The door's webhook on a database of its own, without LINE and without a responder."""

    def __init__(self, home: Path) -> None:
        self._runner = asyncio.Runner()
        self._runner.run(self._open(home))

    async def _open(self, home: Path) -> None:
        chosen = Settings(
            _env_file=None, line_channel_secret=(SECRET,), line_channel_access_token=ACCESS_TOKEN, senpai_home=home
        )
        self._store = await Store.open(chosen.database_url)
        door = LineDoor(
            chosen,
            inbox=Inbox(self._store, asyncio.Queue()),
            outbox=Outbox(self._store),
            talk=Talk(self._store),
            policy=Policy(),
            current=CurrentCheckpoint(home),
            sentences=Sentences(),
        )
        transport = httpx.ASGITransport(app=webhook_app((SECRET,), door.take))
        self._client = httpx.AsyncClient(transport=transport, base_url="http://line")

    def post(self, body: bytes, headers: dict[str, bytes]) -> httpx.Response:
        """Send anything."""
        return self._runner.run(self._client.post("/line/webhook", content=body, headers=headers))

    def num_stored(self) -> int:
        """Return how many messages and lines of talk are kept."""
        return self._runner.run(self._count())

    async def _count(self) -> int:
        async with self._store.transaction() as transaction:
            counts = [select(func.count()).select_from(table) for table in (messages, talk)]
            return sum([(await transaction.execute(count)).scalar_one() for count in counts])

    def close(self) -> None:
        """Return everything."""
        self._runner.run(self._client.aclose())
        self._runner.run(self._store.close())
        self._runner.close()


@contextmanager
def webhook(home: Path) -> Iterator[Webhook]:
    opened = Webhook(home)
    try:
        yield opened
    finally:
        opened.close()


@pytest.mark.parametrize("num", [100, pytest.param(5000, marks=[pytest.mark.slow, pytest.mark.timeout(900)])])
def test_what_is_not_signed_by_line_is_refused_and_nothing_of_it_is_kept(
    num: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with webhook(tmp_path) as door:

        @settings(max_examples=num, deadline=None, suppress_health_check=[HealthCheck.too_slow])
        @given(UNREADABLE_BODIES | WEBHOOKS, ODD_HEADERS)
        def refused(body: bytes, headers: dict[str, bytes]) -> None:
            answer = door.post(body, headers)
            assert answer.status_code == 400
            assert SECRET not in answer.text

        refused()
        assert door.num_stored() == 0
    assert SECRET not in caplog.text
    assert ACCESS_TOKEN not in caplog.text


@pytest.mark.parametrize("num", [100, pytest.param(5000, marks=[pytest.mark.slow, pytest.mark.timeout(900)])])
def test_what_is_signed_but_is_no_webhook_is_refused_and_an_odd_webhook_is_taken_without_an_error(
    num: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with webhook(tmp_path) as door:

        @settings(max_examples=num, deadline=None, suppress_health_check=[HealthCheck.too_slow])
        @given(UNREADABLE_BODIES | WEBHOOKS, ODD_HEADERS)
        def borne(body: bytes, headers: dict[str, bytes]) -> None:
            others = {name: value for name, value in headers.items() if name.lower() != SIGNATURE}
            status = door.post(body, {**others, SIGNATURE: sign(body, SECRET)}).status_code
            assert status in (200, 400)

        borne()
        assert door.num_stored() == 0
    assert SECRET not in caplog.text
    assert ACCESS_TOKEN not in caplog.text
