"""With a key the console opens to whoever knows it, from any address, and to no page of another site."""

import pytest
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.platforms.console.lock import COOKIE, Locked
from bot.platforms.console.words import Words
from bot.settings import Settings

KEY = "つきのうさぎ"
HOST = "192.0.2.7:8641"
HOME = f"http://{HOST}"


async def _hello(_: Request) -> PlainTextResponse:
    return PlainTextResponse("hello")


async def _socket(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text("hello")
    await websocket.close()


def client(key: str = KEY) -> TestClient:
    routes = [Route("/", _hello), Route("/healthz", _hello), WebSocketRoute("/ws", _socket)]
    return TestClient(Locked(Starlette(routes=routes), key, Words("en")), base_url=HOME)


def with_cookie(visitor: TestClient, origin: str) -> dict[str, str]:
    """What a browser sends when a page of ``origin`` opens a websocket; the test client leaves the cookie out."""
    return {"Host": HOST, "Origin": origin, "Cookie": f"{COOKIE}={visitor.cookies[COOKIE]}"}


def test_whoever_knows_the_key_comes_in_and_stays_in() -> None:
    visitor = client()
    assert visitor.get("/").status_code == 401
    assert visitor.post("/unlock", data={"key": KEY}, headers={"Origin": HOME}).text == "hello"
    assert visitor.get("/").text == "hello"
    with visitor.websocket_connect("/ws", headers=with_cookie(visitor, HOME)) as websocket:
        assert websocket.receive_text() == "hello"


def test_the_cookie_is_not_the_key_and_stays_with_this_site() -> None:
    answer = client().post("/unlock", data={"key": KEY}, follow_redirects=False)
    cookie = answer.headers["set-cookie"].lower()
    assert KEY not in cookie
    assert "samesite=strict" in cookie
    assert "httponly" in cookie


@pytest.mark.parametrize("typed", ["", "wrong", "x" * 10_000])
def test_a_wrong_key_opens_nothing(typed: str) -> None:
    visitor = client()
    assert visitor.post("/unlock", data={"key": typed}).status_code == 401
    assert visitor.get("/").status_code == 401


def test_a_new_key_locks_everybody_out() -> None:
    visitor = client()
    visitor.post("/unlock", data={"key": KEY})
    other = client("another key")
    other.cookies.set(COOKIE, visitor.cookies[COOKIE])
    assert other.get("/").status_code == 401


def test_a_page_of_another_site_does_nothing_even_with_the_cookie() -> None:
    visitor = client()
    visitor.post("/unlock", data={"key": KEY})
    foreign = {"Origin": "https://senpai.example"}
    assert visitor.post("/", headers=foreign).status_code == 403
    with (
        pytest.raises(WebSocketDisconnect),
        visitor.websocket_connect("/ws", headers=with_cookie(visitor, "https://senpai.example")),
    ):
        pass


def test_without_the_cookie_no_websocket_opens_and_health_is_all_that_is_seen() -> None:
    visitor = client()
    with pytest.raises(WebSocketDisconnect), visitor.websocket_connect("/ws"):
        pass
    assert visitor.get("/healthz").text == "hello"


def test_off_loopback_a_key_is_required() -> None:
    with pytest.raises(ValidationError, match="SENPAI_CONSOLE_KEY"):
        Settings(_env_file=None, senpai_console_host="0.0.0.0")
    assert Settings(_env_file=None, senpai_console_host="0.0.0.0", senpai_console_key=KEY).senpai_console_key
