"""Without a key the console belongs to the pages it serves on this machine alone."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.platforms.base import DoorClosed
from bot.platforms.console.origin import OnlyOwnOrigin
from bot.platforms.http import serve
from bot.platforms.port import bind


async def _hello(_: Request) -> PlainTextResponse:
    return PlainTextResponse("hello")


async def _socket(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text("hello")
    await websocket.close()


@pytest.fixture
def client() -> TestClient:
    app = Starlette(routes=[Route("/", _hello), WebSocketRoute("/ws", _socket)])
    return TestClient(OnlyOwnOrigin(app), base_url="http://127.0.0.1:8641")


def test_its_own_page_may_call_it(client: TestClient) -> None:
    assert client.get("/", headers={"Origin": "http://127.0.0.1:8641"}).text == "hello"
    with client.websocket_connect("/ws", headers={"Host": "localhost", "Origin": "http://localhost"}) as websocket:
        assert websocket.receive_text() == "hello"


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "senpai.example"},
        {"Host": "127.0.0.1:8641", "Origin": "https://senpai.example"},
        {"Host": "127.0.0.1:8641", "Origin": "null"},
        {"Host": "127.0.0.1.senpai.example"},
        {"Host": "127.0.0.1:8641", "Origin": "http://127.0.0.1:9999"},
    ],
)
def test_a_page_of_another_site_may_not(client: TestClient, headers: dict[str, str]) -> None:
    assert client.get("/", headers=headers).status_code == 403
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/ws", headers=headers):
        pass


def test_a_port_in_use_is_told_with_the_setting_that_changes_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(DoorClosed, match=f"Port {port} for the console .* SENPAI_CONSOLE_PORT"):
            bind(port, what="the console", setting="SENPAI_CONSOLE_PORT")


@asynccontextmanager
async def serving(app: OnlyOwnOrigin) -> AsyncIterator[str]:
    listener = bind(0, what="the console", setting="SENPAI_CONSOLE_PORT")
    task = asyncio.create_task(serve(app, listener))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_the_server_answers_inside_the_bots_loop_and_stops_when_cancelled() -> None:
    app = OnlyOwnOrigin(Starlette(routes=[Route("/", _hello)]))
    async with serving(app) as url, httpx.AsyncClient(trust_env=False) as client:
        assert (await client.get(url)).text == "hello"
