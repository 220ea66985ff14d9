"""Discord on loopback: the part of its REST API and gateway that a chat bot needs, for the real discord.py.

Knows what Discord would do. Does not know the bot. Everything the bot sends is judged by Discord's specification, and
so is every message the stand-in sends. Faults are made on purpose: see ``fail_next``, ``denied`` and the gateway's own.
"""

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from tests.standins import discord_payloads as payloads
from tests.standins.discord_gateway import MESSAGE_CONTENT, TOKEN, Gateway
from tests.standins.discord_payloads import (
    BOT_ID,
    BOT_ROLE_ID,
    CHANNEL_ID,
    DIRECT_ID,
    GUILD_ID,
    HANA,
    OTHER_ROLE_ID,
    OTHER_THREAD_ID,
    POST_ID,
    QUIET_CHANNEL_ID,
    STRANGER,
    TARO,
    THREAD_ID,
    Json,
)
from tests.standins.discord_spec import Judge

__all__ = [
    "BOT_ID",
    "BOT_ROLE_ID",
    "CHANNEL_ID",
    "DIRECT_ID",
    "GUILD_ID",
    "HANA",
    "LOST_ANSWER",
    "MESSAGE_CONTENT",
    "OTHER_ROLE_ID",
    "OTHER_THREAD_ID",
    "POST_ID",
    "QUIET_CHANNEL_ID",
    "RESET",
    "STRANGER",
    "TARO",
    "THREAD_ID",
    "TOKEN",
    "Discord",
]

EPOCH_MS = 1420070400000
NO_CONTENT, LOST_ANSWER, RESET = 204, -1, -2
OPTION_TYPES = {str: 3, int: 4, bool: 5, float: 10}
EPHEMERAL = 64
DEFERS = (5, 6)


@dataclass(slots=True, kw_only=True)
class Fault:
    """The next ``times`` requests to a path fail with ``status``.

    LOST_ANSWER does what was asked, then hangs up; RESET hangs up at once. A 429 has a ``scope``, and comes from
    Discord itself when ``has_via``, else from what stands before it.
    """

    path: str
    status: int
    times: int = 1
    method: str | None = None
    code: int = 0
    retry_after: float = 0.01
    scope: str = "user"
    has_via: bool = True

    def concerns(self, request: web.Request, path: str) -> bool:
        """Tell whether this request is to fail."""
        return self.times > 0 and self.path in path and self.method in (None, request.method)


@dataclass(slots=True)
class Asked:
    """An interaction: how it was acknowledged, and the message that answers it."""

    payload: Json
    at: float
    callback: Json | None = None
    original: Json | None = None


@dataclass(slots=True, eq=False)
class Discord(Gateway):
    """One invented server with channels, threads and a forum, and one direct channel."""

    judge: Judge = field(default_factory=Judge)
    messages: dict[str, list[Json]] = field(default_factory=dict)
    deleted: list[Json] = field(default_factory=list)
    writes: list[tuple[float, str, str]] = field(default_factory=list)
    nonces: list[str] = field(default_factory=list)
    typing: list[str] = field(default_factory=list)
    commands: list[Json] = field(default_factory=list)
    num_syncs: int = 0
    callbacks: list[Json] = field(default_factory=list)
    followups: list[Json] = field(default_factory=list)
    asked: dict[str, Asked] = field(default_factory=dict)
    interaction_ttl_s: float = 900.0
    denied: set[str] = field(default_factory=set)
    has_dm_closed: bool = False
    faults: list[Fault] = field(default_factory=list)
    _nonces: dict[tuple[str, str], Json] = field(default_factory=dict)
    _last_id: int = 0

    @property
    def api_url(self) -> str:
        """For DISCORD_API_URL."""
        return f"http://127.0.0.1:{self.port}/api/v10"

    # What people do

    async def say(
        self,
        text: str,
        *,
        channel: str = CHANNEL_ID,
        author: str = HANA,
        mentions: tuple[str, ...] = (),
        answers: Json | None = None,
        **more: Any,
    ) -> Json:
        """Post as a person. Without the message-content intent the bot sees only what is meant for it."""
        users = [payloads.user(user) for user in mentions]
        if answers is not None:
            more |= {"type": 19, "referenced_message": _plain(answers)}
            more["message_reference"] = payloads.reference(answers["id"], answers["channel_id"])
            users.append(answers["author"])
        message = self._message(more.pop("id", None), channel, author, text, mentions=users, **more)
        self.messages.setdefault(channel, []).append(message)
        await self.dispatch("MESSAGE_CREATE", self._gateway_message(message))
        return message

    async def say_to_bot(self, text: str, channel: str, author: str = HANA) -> Json:
        """Post so that the bot is addressed, whatever the channel."""
        if channel == DIRECT_ID:
            return await self.say(text, channel=channel, author=author)
        return await self.say(f"<@{BOT_ID}> {text}", channel=channel, author=author, mentions=(BOT_ID,))

    async def edit(self, message: Json, text: str, mentions: tuple[str, ...] | None = None) -> None:
        """Edit as a person."""
        message["content"], message["edited_timestamp"] = text, datetime.now(UTC).isoformat()
        if mentions is not None:
            message["mentions"] = [payloads.user(user) for user in mentions]
        await self.dispatch("MESSAGE_UPDATE", self._gateway_message(message))

    async def delete(self, message: Json) -> None:
        """Delete as a person."""
        self.messages[message["channel_id"]].remove(message)
        await self.dispatch("MESSAGE_DELETE", {"id": message["id"], "channel_id": message["channel_id"]})

    async def use_command(
        self,
        name: str,
        *words: tuple[str, Any] | str,
        author: str = HANA,
        channel: str = CHANNEL_ID,
        locale: str = "ja",
    ) -> str:
        """Use a slash command; words are a subcommand's name, then pairs of option and value. Return its token."""
        named = [word for word in words if isinstance(word, str)]
        options = [
            {"name": word[0], "type": OPTION_TYPES[type(word[1])], "value": word[1]}
            for word in words
            if not isinstance(word, str)
        ]
        if named:
            options = [{"name": named[0], "type": 1, "options": options}]
        return await self._ask(2, author, channel, locale, {"id": "1", "name": name, "type": 1, "options": options})

    async def use_menu(self, name: str, target: Json, author: str = HANA, locale: str = "ja") -> str:
        """Use a message context menu on somebody's message; its text comes along whatever the intents."""
        resolved = {"messages": {target["id"]: _plain(target)}}
        data = {"id": "1", "name": name, "type": 3, "target_id": target["id"], "resolved": resolved}
        return await self._ask(2, author, target["channel_id"], locale, data)

    async def press(self, message: Json, custom_id: str, author: str = HANA, locale: str = "ja") -> str:
        """Press a button under one of the bot's messages."""
        data = {"custom_id": custom_id, "component_type": 2}
        return await self._ask(3, author, message["channel_id"], locale, data, message=_plain(message))

    async def begin_typing_name(self, text: str, author: str, locale: str = "ja") -> list[str]:
        """Type the name of a checkpoint into ``/model use`` and return what is proposed."""
        option = {"name": "name", "type": 3, "value": text, "focused": True}
        options = [{"name": "use", "type": 1, "options": [option]}]
        data = {"id": "1", "name": "model", "type": 1, "options": options}
        token = await self._ask(4, author, CHANNEL_ID, locale, data)
        await self.until(lambda: self.asked[token].callback is not None)
        return [choice["value"] for choice in (self.asked[token].callback or {})["data"]["choices"]]

    async def _ask(self, kind: int, author: str, channel: str, locale: str, data: Json, **more: Any) -> str:
        asked = {**payloads.interaction(self._new_id(), kind, author, channel, locale, data), **more}
        self.asked[asked["token"]] = Asked(asked, time.monotonic())
        await self.dispatch("INTERACTION_CREATE", asked)
        token: str = asked["token"]
        return token

    # What a test waits for

    def from_bot(self, channel: str = CHANNEL_ID) -> list[Json]:
        """Return what the bot has posted."""
        return [message for message in self.messages.get(channel, []) if message["author"]["id"] == BOT_ID]

    async def answers(self, count: int, channel: str = CHANNEL_ID, timeout_s: float = 20) -> list[str]:
        """Wait for so many messages of the bot and return all their texts."""
        await self.until(lambda: len(self.from_bot(channel)) >= count, timeout_s)
        return [message["content"] for message in self.from_bot(channel)]

    async def until_says(self, text: str, channel: str = CHANNEL_ID, timeout_s: float = 20) -> Json:
        """Wait until a message of the bot reads so, and return it."""
        await self.until(lambda: any(m["content"] == text for m in self.from_bot(channel)), timeout_s)
        return next(m for m in self.from_bot(channel) if m["content"] == text)

    async def until_reads(self, texts: list[str], channel: str = CHANNEL_ID, timeout_s: float = 20) -> None:
        """Wait until the bot's messages are exactly these, in this order."""
        await self.until(lambda: [message["content"] for message in self.from_bot(channel)] == texts, timeout_s)

    async def until_answered(self, token: str, timeout_s: float = 20) -> Json:
        """Wait until an interaction has its answer with words, and return it."""
        asked = self.asked[token]
        await self.until(lambda: asked.original is not None and asked.original["content"], timeout_s)
        assert asked.original is not None
        return asked.original

    def forget_nonces(self) -> None:
        """Let some minutes pass: Discord remembers a nonce no longer."""
        self._nonces.clear()

    # Faults

    def fail_next(self, path: str, status: int, times: int = 1, **more: Any) -> None:
        """Let the next requests to a path fail."""
        self.faults.append(Fault(path=path, status=status, times=times, **more))

    # REST

    @web.middleware
    async def door(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """Judge, check the token, and fail where a test asked for it."""
        path = request.path.removeprefix("/api/v10")
        if request.path.startswith("/api"):
            body = json.loads(await request.read() or b"null")
            if body is not None:
                self.judge.judge_request(request.method, path, body)
            if isinstance(body, dict) and "nonce" in body:
                self.nonces.append(body["nonce"])
            if request.headers.get("Authorization") not in (f"Bot {TOKEN}", None):
                return _json({"message": "401: Unauthorized", "code": 0}, status=401)
        fault = next((fault for fault in self.faults if fault.concerns(request, path)), None)
        self.wake()
        if fault is None:
            return await self._handled(request, handler)
        fault.times -= 1
        if fault.status == LOST_ANSWER:
            await handler(request)
            self.wake()
        if fault.status < 0:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        return _failed(fault)

    async def _handled(self, request: web.Request, handler: Any) -> web.StreamResponse:
        response: web.StreamResponse = await handler(request)
        self.wake()
        return response

    async def get_me(self, request: web.Request) -> web.Response:
        """GET /users/@me."""
        return _json(payloads.user(BOT_ID))

    async def get_application(self, request: web.Request) -> web.Response:
        """GET /oauth2/applications/@me."""
        application = {"id": BOT_ID, "name": "senpai", "icon": None, "description": "", "bot_public": False}
        owner = {
            "owner": payloads.user(HANA),
            "bot_require_code_grant": False,
            "verify_key": "0" * 64,
            "flags": 0,
            "team": None,
        }
        return _json(application | owner)

    async def get_gateway(self, request: web.Request) -> web.Response:
        """GET /gateway/bot."""
        limits = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 16}
        return _json({"url": self.gateway_url, "shards": self.shards, "session_start_limit": limits})

    async def put_commands(self, request: web.Request) -> web.Response:
        """PUT /applications/{id}/commands."""
        self.num_syncs += 1
        self.commands = await request.json()
        fixed = {"application_id": BOT_ID, "version": self._new_id(), "default_member_permissions": None, "type": 1}
        plain = {"description": ""}
        return _json([{**fixed, **plain, **command, "id": self._new_id()} for command in self.commands])

    async def patch_me(self, request: web.Request) -> web.Response:
        """PATCH /guilds/{id}/members/@me."""
        self.nick = (await request.json())["nick"]
        return _json({**payloads.member(self.nick), "user": payloads.user(BOT_ID)})

    async def post_message(self, request: web.Request) -> web.Response:
        """POST /channels/{id}/messages, once for each nonce."""
        channel, body = request.match_info["channel"], await request.json()
        if refusal := self._refusal(channel):
            return refusal
        key = (channel, str(body.get("nonce")))
        if body.get("enforce_nonce") and key in self._nonces:
            return _json(self._as_shown(self._nonces[key]))
        answered = body.get("message_reference")
        known = {message["id"] for message in self.messages.get(channel, [])}
        if answered and answered.get("fail_if_not_exists", True) and str(answered["message_id"]) not in known:
            return _json({"message": "Unknown message", "code": 50035}, status=400)
        more: Json = {}
        if answered:
            more = {"type": 19, "message_reference": payloads.reference(answered["message_id"], channel)}
        message = self._message(None, channel, BOT_ID, "", **more)
        self._write(message, body)
        self._nonces[key] = message
        self.messages.setdefault(channel, []).append(message)
        return _json(self._as_shown(message))

    async def patch_message(self, request: web.Request) -> web.Response:
        """PATCH /channels/{id}/messages/{id}: the bot's own only."""
        channel = request.match_info["channel"]
        if refusal := self._refusal(channel):
            return refusal
        message = self._find(channel, request.match_info["message"])
        if message is None:
            return _unknown_message()
        self._write(message, await request.json())
        return _json(self._as_shown(message))

    async def delete_message(self, request: web.Request) -> web.Response:
        """DELETE /channels/{id}/messages/{id}."""
        channel = request.match_info["channel"]
        message = self._find(channel, request.match_info["message"])
        if message is None:
            return _unknown_message()
        self.messages[channel].remove(message)
        self.deleted.append(message)
        return web.Response(status=NO_CONTENT)

    async def get_message(self, request: web.Request) -> web.Response:
        """GET /channels/{id}/messages/{id}."""
        message = self._find(request.match_info["channel"], request.match_info["message"])
        return _json(self._as_shown(message)) if message else _unknown_message()

    async def get_channel(self, request: web.Request) -> web.Response:
        """GET /channels/{id}."""
        return _json(payloads.channel(request.match_info["channel"]))

    async def get_messages(self, request: web.Request) -> web.Response:
        """GET /channels/{id}/messages?after=."""
        after = int(request.query.get("after", 0))
        found = [m for m in self.messages.get(request.match_info["channel"], []) if int(m["id"]) > after]
        page = found[: int(request.query.get("limit", 50))]
        return _json([self._as_shown(message) for message in reversed(page)])

    async def post_typing(self, request: web.Request) -> web.Response:
        """POST /channels/{id}/typing."""
        if refusal := self._refusal(request.match_info["channel"]):
            return refusal
        self.typing.append(request.match_info["channel"])
        return web.Response(status=NO_CONTENT)

    # Interactions

    async def post_callback(self, request: web.Request) -> web.Response:
        """POST /interactions/{id}/{token}/callback, once and within three seconds."""
        body, asked = await request.json(), self.asked[request.match_info["token"]]
        if asked.callback is not None:
            return _json({"message": "Interaction has already been acknowledged.", "code": 40060}, status=400)
        if time.monotonic() - asked.at > 3:
            return _json({"message": "Unknown interaction", "code": 10062}, status=404)
        asked.callback = body
        self.callbacks.append(body)
        is_private = body.get("data", {}).get("flags", 0) & EPHEMERAL
        if body["type"] not in (6, 7, 8):
            asked.original = self._message(None, asked.payload["channel_id"], BOT_ID, "", flags=is_private)
            self._write(asked.original, body.get("data") or {})
        elif body["type"] == 7:
            message = self._find(asked.payload["channel_id"], asked.payload["message"]["id"])
            self._write(message or {}, body["data"])
        interaction = {"id": request.match_info["id"], "type": 2, "response_message_loading": body["type"] in DEFERS}
        return _json({"interaction": interaction})

    async def patch_original(self, request: web.Request) -> web.Response:
        """PATCH /webhooks/{id}/{token}/messages/@original, for fifteen minutes."""
        asked, body = self.asked[request.match_info["token"]], await request.json()
        if time.monotonic() - asked.at > self.interaction_ttl_s:
            return _json({"message": "Invalid Webhook Token", "code": 50027}, status=401)
        if asked.original is None:
            return _json({"message": "Unknown Webhook", "code": 10015}, status=404)
        self._write(asked.original, body)
        return _json(self._as_shown(asked.original))

    async def delete_original(self, request: web.Request) -> web.Response:
        """DELETE /webhooks/{id}/{token}/messages/@original."""
        asked = self.asked[request.match_info["token"]]
        self.deleted.append(asked.original or {})
        asked.original = None
        return web.Response(status=NO_CONTENT)

    async def post_followup(self, request: web.Request) -> web.Response:
        """POST /webhooks/{id}/{token}."""
        asked, body = self.asked[request.match_info["token"]], await request.json()
        if time.monotonic() - asked.at > self.interaction_ttl_s:
            return _json({"message": "Invalid Webhook Token", "code": 50027}, status=401)
        self.followups.append(body)
        message = self._message(None, asked.payload["channel_id"], BOT_ID, body["content"], flags=body.get("flags", 0))
        if not body.get("flags", 0) & EPHEMERAL:
            self.messages.setdefault(asked.payload["channel_id"], []).append(message)
        return _json(self._as_shown(message))

    # What stands behind it

    def _refusal(self, channel: str) -> web.Response | None:
        if channel in self.denied:
            return _json({"message": "Missing Permissions", "code": 50013}, status=403)
        if channel == DIRECT_ID and self.has_dm_closed:
            return _json({"message": "Cannot send messages to this user", "code": 50007}, status=403)
        return None

    def _find(self, channel: str, message_id: str) -> Json | None:
        originals = [asked.original for asked in self.asked.values() if asked.original]
        known = (*self.messages.get(channel, []), *originals)
        return next((message for message in known if message["id"] == message_id), None)

    def _write(self, message: Json, body: Json) -> None:
        """Let a message of the bot read as a body says; ``sent`` keeps the last body, ``writes`` every moment."""
        if "content" in body:
            message["content"] = (body["content"] or "").strip()
            self.writes.append((time.monotonic(), message["id"], message["content"]))
        if "components" in body:
            message["components"] = payloads.numbered(body["components"])
        message["sent"] = {**message.get("sent", {}), **body}
        self.judge.judge_payload("MessageResponse", _plain(message))

    def _new_id(self) -> str:
        millis = int(datetime.now(UTC).timestamp() * 1000) - EPOCH_MS
        self._last_id = max(self._last_id + 1, millis << 22)
        return str(self._last_id)

    def _message(self, message_id: str | None, channel: str, author: str, text: str, **more: Any) -> Json:
        message = payloads.message(message_id or self._new_id(), channel, author, text, **more)
        self.judge.judge_payload("MessageResponse", message)
        return message

    def _gateway_message(self, message: Json) -> Json:
        place = {} if message["channel_id"] == DIRECT_ID else {"guild_id": GUILD_ID, "member": payloads.member()}
        return {**self._as_shown(message), **place}

    def _as_shown(self, message: Json) -> Json:
        """Blank what a bot without the message-content intent may not read."""
        concerned = [message["author"], *message["mentions"]]
        may_read = message["channel_id"] == DIRECT_ID or any(user["id"] == BOT_ID for user in concerned)
        shown = _plain(message)
        if answered := shown.get("referenced_message"):
            shown["referenced_message"] = self._as_shown(answered)
        return shown if may_read or self.intents & MESSAGE_CONTENT else {**shown, "content": ""}


@asynccontextmanager
async def running() -> AsyncIterator[Discord]:
    """Run the stand-in on a free port."""
    discord = Discord()
    app = web.Application(middlewares=[discord.door])
    channel, hook = "/api/v10/channels/{channel}", "/api/v10/webhooks/{id}/{token}"
    app.add_routes(
        [
            web.get("/gateway", discord.gateway),
            web.get("/api/v10/users/@me", discord.get_me),
            web.get("/api/v10/oauth2/applications/@me", discord.get_application),
            web.get("/api/v10/gateway/bot", discord.get_gateway),
            web.put("/api/v10/applications/{id}/commands", discord.put_commands),
            web.patch("/api/v10/guilds/{guild}/members/@me", discord.patch_me),
            web.get(channel, discord.get_channel),
            web.post(f"{channel}/messages", discord.post_message),
            web.get(f"{channel}/messages", discord.get_messages),
            web.get(f"{channel}/messages/{{message}}", discord.get_message),
            web.patch(f"{channel}/messages/{{message}}", discord.patch_message),
            web.delete(f"{channel}/messages/{{message}}", discord.delete_message),
            web.post(f"{channel}/typing", discord.post_typing),
            web.post("/api/v10/interactions/{id}/{token}/callback", discord.post_callback),
            web.post(hook, discord.post_followup),
            web.patch(f"{hook}/messages/@original", discord.patch_original),
            web.delete(f"{hook}/messages/@original", discord.delete_original),
        ]
    )
    runner = discord.runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    discord.port = runner.addresses[0][1]
    try:
        yield discord
    finally:
        await discord.drop(1000)
        await runner.cleanup()


def _plain(message: Json) -> Json:
    """Return a message without what the stand-in notes for itself."""
    return {name: value for name, value in message.items() if name != "sent"}


def _failed(fault: Fault) -> web.Response:
    body = {"message": "a fault made by a test", "code": fault.code}
    headers = {"Via": "1.1 stand-in"} if fault.has_via else {}
    if fault.status == 429:
        body |= {"retry_after": fault.retry_after, "global": fault.scope == "global"}
        headers |= {"X-RateLimit-Scope": fault.scope, "Retry-After": str(fault.retry_after)}
    return _json(body, status=fault.status, headers=headers)


def _unknown_message() -> web.Response:
    return _json({"message": "Unknown Message", "code": 10008}, status=404)


def _json(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """Answer with content-type exactly application/json: discord.py parses nothing else."""
    data = json.dumps(body).encode()
    return web.Response(body=data, status=status, headers={"Content-Type": "application/json", **(headers or {})})
