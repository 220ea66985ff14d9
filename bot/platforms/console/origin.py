"""Keeps foreign web pages out of a loopback server: only its own pages may call it.

Knows the Host and Origin headers. A page of another site that rebinds its name to 127.0.0.1 sends its own name as Host;
one that calls across origins, be it from another port of this machine, sends its own as Origin. Neither is ours.
"""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})


class OnlyOwnOrigin:
    """ASGI middleware: answers 403 to requests and closes websockets that come from anywhere but loopback pages."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on when it is our own."""
        if scope["type"] not in ("http", "websocket") or _is_own(Headers(scope=scope)):
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await PlainTextResponse("This page belongs to this machine alone.\n", 403)(scope, receive, send)
        else:
            await WebSocketClose(code=1008)(scope, receive, send)


def _is_own(headers: Headers) -> bool:
    host = headers.get("host", "")
    return urlsplit(f"//{host}").hostname in LOOPBACK_NAMES and is_same_site(headers)


def is_same_site(headers: Headers) -> bool:
    """Tell whether a page of the asked host asks, or no page at all: every other page sends its own name as Origin."""
    return "origin" not in headers or urlsplit(headers["origin"]).netloc == headers.get("host")
