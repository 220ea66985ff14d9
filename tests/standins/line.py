"""A stand-in for LINE: answers the messaging API on loopback and sends signed webhooks, with faults on demand.

Knows LINE's rules for reply tokens, retry keys, quota and loading animations. Both directions are judged by LINE's
own specs where they are at hand; what they forbid is collected in ``violations``.
"""

import asyncio
import json
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

import aiohttp
from aiohttp import web

from bot.platforms.line.signature import sign
from tests.standins.line_events import BOT
from tests.standins.line_spec import RETRY_KEY, LineSpec

Json = dict[str, Any]
ACCESS_TOKEN = "stand-in-access-token"
SECRET = "stand-in-secret"
INVALID_TOKEN = "Invalid reply token"
MONTHLY_LIMIT = "You have reached your monthly limit."
RATE_LIMIT = "The API rate limit has been exceeded. Try again later."


LATE_S = 0.4


class Fault(Enum):
    """What goes wrong with one request."""

    REFUSED = auto()  # 500, nothing done
    RESET = auto()  # the connection breaks before anything is done
    LOST = auto()  # done, but the connection breaks before the answer
    GARBLED = auto()  # done, but the answer is not what the spec says
    SLOW = auto()  # done, and the answer takes a minute
    STUCK = auto()  # the answer takes a minute, and nothing is done
    LATE = auto()  # done after a moment, unless the caller has hung up by then
    EXPIRED = auto()  # the token is said to be invalid, although nobody tried it before
    RATE_LIMITED = auto()  # 429, come back later
    MONTH_USED_UP = auto()  # 429, no push any more this month


@dataclass(slots=True)
class ReplyToken:
    """A token out of a webhook: good once, for a while."""

    chat_id: str
    issued_at: float
    is_used: bool = False
    was_tried: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One call that made messages appear in a chat."""

    how: str  # reply or push
    chat_id: str
    messages: tuple[Json, ...]

    @property
    def texts(self) -> list[str]:
        """What the chat shows."""
        return [message["text"] for message in self.messages if message["type"] == "text"]


@dataclass(slots=True, kw_only=True)
class LineStandIn:
    """LINE itself: its API under ``url``, its chats in ``shown``, its webhooks through ``send``."""

    spec: LineSpec | None
    url: str = ""
    webhook_url: str = ""
    access_token: str = ACCESS_TOKEN
    secret: str = SECRET
    reply_ttl_s: float = 60.0
    push_quota: int = 200
    shown: list[Shown] = field(default_factory=list)
    loadings: list[str] = field(default_factory=list)
    read: list[str] = field(default_factory=list)
    blocked: set[str] = field(default_factory=set)
    called: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    faults: defaultdict[str, deque[Fault]] = field(default_factory=lambda: defaultdict(deque))
    tokens: dict[str, ReplyToken] = field(default_factory=dict)
    _pushed: dict[str, str] = field(default_factory=dict)  # retry key -> request id
    sent_ids: list[str] = field(default_factory=list)
    _session: aiohttp.ClientSession | None = None
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def num_pushes(self) -> int:
        """How many pushes were spent."""
        return sum(shown.how == "push" for shown in self.shown)

    @property
    def replies(self) -> list[list[str]]:
        """The texts of each reply, in order."""
        return [shown.texts for shown in self.shown if shown.how == "reply"]

    async def send(self, *events: Json, check: bool = True) -> int:
        """Send ``events`` in one signed webhook and return the status. ``check=False`` lets the future in."""
        for event in events:
            self._issue_token(event)
        body = {"destination": BOT, "events": list(events)}
        if check and self.spec:
            self.violations += self.spec.judge_webhook(body)
        raw = json.dumps(body, ensure_ascii=False).encode()
        return await self.post(raw, {"x-line-signature": sign(raw, self.secret).decode()})

    def _issue_token(self, event: Json) -> None:
        if token := event.get("replyToken"):
            source = event["source"]
            chat_id = source.get("groupId") or source.get("roomId") or source["userId"]
            known = self.tokens.setdefault(token, ReplyToken(chat_id, time.monotonic()))
            known.issued_at = time.monotonic()  # delivered again, it is good for another minute

    async def post(self, raw: bytes, headers: dict[str, str]) -> int:
        """Send any bytes to the webhook and return the status."""
        assert self._session
        async with self._session.post(self.webhook_url, data=raw, headers=headers) as response:
            await response.read()
            return response.status

    async def wait_shown(self, count: int, timeout_s: float = 10) -> None:
        """Wait until ``count`` calls made messages appear."""
        async with asyncio.timeout(timeout_s):
            while len(self.shown) < count:
                self._changed.clear()
                await self._changed.wait()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one API request: judge it, apply a planned fault, do it."""
        body = await request.json() if request.can_read_body else None
        name = request.path.removeprefix("/v2/bot/")
        self.called.append(name)
        if self.spec:
            self.violations += self.spec.judge_request(request.method, request.path, request.headers, body)
        if request.headers.get("Authorization") != f"Bearer {self.access_token}":
            return _error(401, "Authentication failed. Confirm that the access token is valid.")
        fault = self._next_fault(name, body)
        if fault is Fault.STUCK:
            await asyncio.sleep(60)
        if fault is Fault.LATE:
            await asyncio.sleep(LATE_S)
            if request.transport is None or request.transport.is_closing():
                return web.Response()
        if fault is Fault.RESET and request.transport:
            request.transport.abort()
            return web.Response()
        if fault in EARLY_FAULTS:
            return _error(*EARLY_FAULTS[fault])
        response = self._do(name, request, body)
        return await _hinder(response, request, fault)

    def _next_fault(self, name: str, body: Any) -> Fault | None:
        """Return what goes wrong with this call. A token that was tried does not expire a second later."""
        fault = self.faults[name].popleft() if self.faults[name] else None
        if token := self.tokens.get((body or {}).get("replyToken", "")):
            if fault is Fault.EXPIRED and token.was_tried:
                return None
            token.was_tried, token.is_used = True, token.is_used or fault is Fault.EXPIRED
        return fault

    def _do(self, name: str, request: web.Request, body: Any) -> web.Response:
        match name.split("/"):
            case ["message", "reply"]:
                response = self._reply(body)
            case ["message", "push"]:
                response = self._push(body, request.headers.get(RETRY_KEY, ""))
            case ["chat", "loading", "start"]:
                response = self._load(body)
            case ["chat", "markAsRead"]:
                response = self._read(body)
            case ["message", "quota"]:
                response = _ok({"type": "limited", "value": self.push_quota})
            case ["message", "quota", "consumption"]:
                response = _ok({"totalUsage": self.num_pushes})
            case ["profile", user_id]:
                response = _ok({"displayName": "後輩", "userId": user_id, "language": "ja"})
            case ["info"]:
                response = _ok(BOT_INFO)
            case _:
                response = _error(404, "Not found")
        if self.spec:
            answered = json.loads(response.text or "{}")
            self.violations += self.spec.judge_response(request.method, request.path, response.status, answered)
        return response

    def _reply(self, body: Json) -> web.Response:
        token = self.tokens.get(body["replyToken"])
        if token is None or token.is_used or time.monotonic() - token.issued_at > self.reply_ttl_s:
            return _error(400, INVALID_TOKEN)
        token.is_used = True
        return self._show("reply", token.chat_id, body["messages"])

    def _push(self, body: Json, retry_key: str) -> web.Response:
        if retry_key in self._pushed:
            headers = {"x-line-accepted-request-id": self._pushed[retry_key]}
            return _error(409, "The retry key is already accepted", headers)
        if body["to"] in self.blocked:  # LINE says that all is well, and neither shows nor counts it
            return _ok({"sentMessages": [{"id": "1", "quoteToken": "q"}]})
        if self.num_pushes >= self.push_quota:
            return _error(429, MONTHLY_LIMIT)
        self._pushed[retry_key] = f"request-{len(self.called)}"
        return self._show("push", body["to"], body["messages"])

    def _show(self, how: str, chat_id: str, messages: list[Json]) -> web.Response:
        self.shown.append(Shown(how=how, chat_id=chat_id, messages=tuple(messages)))
        self._changed.set()
        sent = []
        for _ in messages:
            self.sent_ids.append(f"{900_000_000 + len(self.sent_ids)}")
            sent.append({"id": self.sent_ids[-1], "quoteToken": f"sent-{len(self.sent_ids)}"})
        return _ok({"sentMessages": sent})

    def _read(self, body: Json) -> web.Response:
        self.read.append(body["markAsReadToken"])
        return _ok({})

    def _load(self, body: Json) -> web.Response:
        if not body["chatId"].startswith("U"):
            return _error(400, "The value for the 'chatId' parameter is invalid")
        self.loadings.append(body["chatId"])
        return web.json_response({}, status=202)


BOT_INFO = {"userId": BOT, "basicId": "@standin", "displayName": "先輩", "chatMode": "bot", "markAsReadMode": "auto"}
EARLY_FAULTS = {
    Fault.REFUSED: (500, "Internal server error"),
    Fault.EXPIRED: (400, INVALID_TOKEN),
    Fault.RATE_LIMITED: (429, RATE_LIMIT),
    Fault.MONTH_USED_UP: (429, MONTHLY_LIMIT),
}


def _ok(body: Json) -> web.Response:
    return web.json_response(body, headers={"x-line-request-id": "stand-in"})


def _error(status: int, sentence: str, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response({"message": sentence}, status=status, headers=headers)


async def _hinder(response: web.Response, request: web.Request, fault: Fault | None) -> web.StreamResponse:
    if fault is Fault.LOST and request.transport:
        request.transport.abort()
    if fault is Fault.GARBLED:
        return web.json_response({"surprise": True})
    if fault is Fault.SLOW:
        await asyncio.sleep(60)
    return response


@asynccontextmanager
async def line_stand_in(spec: LineSpec | None) -> AsyncIterator[LineStandIn]:
    """Run a stand-in on a free port of loopback."""
    stand_in = LineStandIn(spec=spec)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", stand_in.answer)
    runner = web.AppRunner(app, handle_signals=False, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    stand_in.url = f"http://{host}:{port}"
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as stand_in._session:
        try:
            yield stand_in
        finally:
            await runner.cleanup()
