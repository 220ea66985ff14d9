"""Lets in who knows the key. Knows the key's cookie and one small form; does not know what lies behind.

The cookie is derived from the key, so that a new key locks every browser out; it is sent by this page alone
(SameSite=Strict), so neither a link nor a form of another site carries it here.
"""

import asyncio
import hashlib
import hmac
from html import escape
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.requests import Request, cookie_parser
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from bot.platforms.console.origin import is_same_site
from bot.platforms.console.words import Words

COOKIE = "senpai_key"
DOOR = "/unlock"
OPEN_PATHS = frozenset({"/healthz"})
MAX_FORM_BYTES = 4096
WRONG_KEY_S = 1.0
"""How long a wrong key is kept waiting: nobody guesses fast."""

_FORM = """<!doctype html><html lang="{lang}"><meta charset="utf-8"><title>senpai</title>
<meta name="viewport" content="width=device-width">
<main style="font:1.1rem sans-serif;max-width:22rem;margin:20vh auto">
<h1 style="font-size:1.3rem">senpai</h1><form method="post" action="{door}"><label>{label}<br>
<input name="key" type="password" autofocus autocomplete="current-password" style="font-size:1.1rem;width:100%">
</label><p><button style="font-size:1.1rem">{enter}</button></p></form></main></html>"""


class Locked:
    """ASGI middleware: passes on what carries the key's cookie and comes from this site's own pages."""

    def __init__(self, app: ASGIApp, key: str, words: Words) -> None:
        self._app = app
        self._key = key
        self._pass = hmac.new(key.encode(), b"senpai-console", hashlib.sha256).hexdigest()
        self._words = words

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, show the form, or close the websocket."""
        if scope["type"] not in ("http", "websocket") or self._may_pass(scope):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await WebSocketClose(code=1008)(scope, receive, send)
        else:
            await (await self._answer(Request(scope, receive)))(scope, receive, send)

    def _may_pass(self, scope: Scope) -> bool:
        if scope["type"] == "http" and scope["path"] in OPEN_PATHS:
            return True
        headers = Headers(scope=scope)
        shown = cookie_parser(headers.get("cookie", "")).get(COOKIE, "")
        return is_same_site(headers) and hmac.compare_digest(shown.encode(), self._pass.encode())

    async def _answer(self, request: Request) -> Response:
        if not is_same_site(request.headers):
            return PlainTextResponse("This page may not be called from another site.\n", 403)
        if (request.method, request.url.path) != ("POST", DOOR):
            return self._form()
        if not hmac.compare_digest((await _key_in(request)).encode(), self._key.encode()):
            await asyncio.sleep(WRONG_KEY_S)
            return self._form()
        welcome = RedirectResponse("/", 303)
        is_tls = request.headers.get("x-forwarded-proto", request.url.scheme) == "https"
        welcome.set_cookie(COOKIE, self._pass, max_age=30 * 86400, httponly=True, samesite="strict", secure=is_tls)
        return welcome

    def _form(self) -> Response:
        label, enter = self._words.say("key"), self._words.say("enter")
        page = _FORM.format(lang=self._words.locale, door=DOOR, label=escape(label), enter=escape(enter))
        return HTMLResponse(page, 401, headers={"Cache-Control": "no-store", "X-Frame-Options": "DENY"})


async def _key_in(request: Request) -> str:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MAX_FORM_BYTES:
            return ""
    return parse_qs(body.decode(errors="replace")).get("key", [""])[0]
