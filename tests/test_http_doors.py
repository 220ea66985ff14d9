"""Every HTTP door of ours takes whatever is sent to it without a server error: worker, console, LINE's webhook.

Requests are made up from the doors' own paths and fields, valid and odd in every mixture, and from broken HTTP.
"""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.platforms.line.signature import sign
from model.worker import create_app
from tests.bot.whole_bot import bot_command, bot_environment, free_port, mortal
from tests.model.workers import config_for, make_home, ready
from tests.standins.line import SECRET, LineStandIn, line_stand_in

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

NUM_WELL_FORMED, NUM_BROKEN = 1500, 300
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(["current", "base:mini", "aoi", "../../etc", "user", "assistant", "system", "stop", "", "\0"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
HEADERS = st.dictionaries(
    st.sampled_from(["content-type", "accept", "authorization", "origin", "cookie", "range", "x-line-signature"]),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40).map(str.strip),
    max_size=3,
)
QUICK = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])


def bodies(fields: list[str]) -> st.SearchStrategy[bytes]:
    """Return bodies out of a door's own fields, out of any JSON, and out of any bytes."""
    own = st.dictionaries(st.sampled_from(fields), VALUES, max_size=len(fields))
    turns = st.lists(st.fixed_dictionaries({"role": st.sampled_from(["user", "assistant"]), "content": VALUES}))
    chat = st.fixed_dictionaries(
        {"model": st.sampled_from(["current", "aoi", "?"]), "messages": turns, "max_tokens": st.integers(-1, 3)}
    )
    mixed = st.tuples(chat, own).map(lambda pair: {**pair[1], **pair[0]})
    return st.one_of(own, chat, mixed, VALUES).map(lambda value: json.dumps(value).encode()) | st.binary(max_size=60)


def knock(url: str, paths: list[str], fields: list[str]) -> None:
    """Send many well-formed requests; none may end in a server error."""
    odd_paths = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12).map(lambda text: f"/{text}")
    with httpx.Client(base_url=url, timeout=60, trust_env=False) as client:

        @settings(QUICK, max_examples=NUM_WELL_FORMED)
        @given(st.sampled_from(METHODS), st.sampled_from(paths) | odd_paths, bodies(fields), HEADERS)
        def is_borne(method: str, path: str, body: bytes, headers: dict[str, str]) -> None:
            target = httpx.URL(url).copy_with(raw_path=quote(path).encode())
            answer = client.request(method, target, content=body, headers=headers)
            assert answer.status_code < 500, answer.text

        is_borne()


def break_in(url: str) -> None:
    """Send broken HTTP; the door answers 4xx or hangs up, and takes the next guest."""
    place = (urlsplit(url).hostname, urlsplit(url).port)
    line = st.binary(max_size=60)

    @settings(QUICK, max_examples=NUM_BROKEN)
    @given(st.sampled_from([b"GET / HTTP/1.1", b"POST /callback HTTP/1.1", b""]) | line, st.lists(line, max_size=4))
    def is_borne(first: bytes, headers: list[bytes]) -> None:
        with socket.create_connection(place, timeout=10) as guest:
            guest.sendall(b"\r\n".join([first, *headers, b"", b""]))
            guest.shutdown(socket.SHUT_WR)
            answer = guest.recv(64)
        assert answer[9:10] != b"5"

    is_borne()
    assert httpx.get(f"{url}/healthz", trust_env=False).status_code < 500


def test_the_worker_bears_whatever_is_sent_to_it(tmp_path: Path) -> None:
    home = make_home(tmp_path)
    config = config_for(home, home / "base")
    described = create_app(config).openapi()
    with ready(config) as worker:
        url = str(worker.base_url).rstrip("/")
        schemas = described["components"]["schemas"].values()
        fields = sorted({name for schema in schemas for name in schema.get("properties", {})})
        assert {"messages", "checkpoint", "lora_name"} <= set(fields)
        knock(url, sorted(described["paths"]), fields)
        break_in(url)


@asynccontextmanager
async def bot_with_line(folder: Path) -> AsyncIterator[tuple[str, LineStandIn]]:
    """Run the whole bot with LINE while inside; yield the console's address, and LINE."""
    async with line_stand_in(None) as line:
        environment = bot_environment(line, None, folder / "var", f"http://127.0.0.1:{free_port()}")
        async with mortal(bot_command(folder / "bot.log"), environment):
            url = f"http://127.0.0.1:{environment['SENPAI_CONSOLE_PORT']}"
            await _until_open(f"{url}/healthz")
            await _until_open(line.webhook_url)
            yield url, line


async def _until_open(url: str) -> None:
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        for _ in range(600):
            try:
                await client.get(url)
                return
            except httpx.ConnectError:
                await asyncio.sleep(0.1)
    raise TimeoutError(url)


async def test_the_console_and_lines_webhook_bear_whatever_is_sent_to_them(tmp_path: Path) -> None:
    async with bot_with_line(tmp_path) as (console, line):
        webhook = line.webhook_url.removesuffix("/line/webhook")
        fields = ["events", "destination", "message", "source", "type", "text", "name", "file"]
        pages = ["/", "/healthz", "/reports/a/b", "/_nicegui/x", "/reports/../../../etc/passwd"]
        for url, paths in ((console, pages), (webhook, ["/callback", "/line/webhook", "/"])):
            await asyncio.to_thread(knock, url, paths, fields)
            await asyncio.to_thread(break_in, url)
        body = b'{"events":[]}'
        assert await line.post(body, {"x-line-signature": sign(body, SECRET).decode()}) == 200
    told = (tmp_path / "bot.log").read_text(encoding="utf-8")
    assert SECRET not in told
    assert "Traceback" not in told
