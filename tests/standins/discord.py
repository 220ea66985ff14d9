"""Discord on loopback: the part of its REST API and gateway that a chat bot needs, for the real discord.py.

Knows what Discord would do. Does not know the bot. Everything the bot sends is judged by Discord's specification, and
so is every message the stand-in sends. Faults are made on purpose: see ``fail_next`` and ``drop``.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import WSMsgType, web

from tests.standins.discord_spec import Judge

TOKEN = "token-of-an-invented-bot"
EPOCH_MS = 1420070400000
BOT_ID, GUILD_ID, CHANNEL_ID, DIRECT_ID = (
    "100000000000000001",
    "100000000000000002",
    "100000000000000003",
    "100000000000000004",
)
BOT_ROLE_ID, OTHER_ROLE_ID = "100000000000000005", "100000000000000006"
HANA, TARO = "200000000000000001", "200000000000000002"
NO_CONTENT, LOST_ANSWER = 204, -1

Json = dict[str, Any]


@dataclass(slots=True)
class Fault:
    """The next ``times`` requests to a path fail with ``status``; LOST_ANSWER does what was asked, then hangs up."""

    path: str
    status: int
    times: int = 1
    retry_after: float = 0.01


@dataclass(slots=True)
class Discord:
    """One invented server with one channel, and one direct channel."""

    judge: Judge = field(default_factory=Judge)
    messages: dict[str, list[Json]] = field(default_factory=dict)
    typing: list[str] = field(default_factory=list)
    commands: list[Json] = field(default_factory=list)
    callbacks: list[Json] = field(default_factory=list)
    followups: list[Json] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    identifies: int = 0
    resumes: int = 0
    refuses_token_at_gateway: bool = False
    refuses_resume: bool = False
    port: int = 0
    _nonces: dict[tuple[str, str], Json] = field(default_factory=dict)
    _sockets: list[web.WebSocketResponse] = field(default_factory=list)
    _events: list[Json] = field(default_factory=list)
    _last_id: int = 0
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def api_url(self) -> str:
        """For DISCORD_API_URL."""
        return f"http://127.0.0.1:{self.port}/api/v10"

    @property
    def gateway_url(self) -> str:
        """For DISCORD_GATEWAY_URL."""
        return f"ws://127.0.0.1:{self.port}/gateway"

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
        users = [_user(user) for user in mentions]
        if answers is not None:
            more |= {"type": 19, "referenced_message": answers, "message_reference": _reference(answers)}
            users.append(answers["author"])
        message = self._message(channel, _user(author), text, mentions=users, **more)
        self.messages.setdefault(channel, []).append(message)
        await self.dispatch("MESSAGE_CREATE", self._gateway_message(message))
        return message

    async def say_to_bot(self, text: str, channel: str) -> Json:
        """Post so that the bot is addressed, whatever the channel."""
        if channel == DIRECT_ID:
            return await self.say(text, channel=channel)
        return await self.say(f"<@{BOT_ID}> {text}", channel=channel, mentions=(BOT_ID,))

    async def delete(self, message: Json) -> None:
        """Delete as a person."""
        self.messages[message["channel_id"]].remove(message)
        await self.dispatch("MESSAGE_DELETE", {"id": message["id"], "channel_id": message["channel_id"]})

    async def use_command(self, name: str, *words: tuple[str, Any] | str, author: str = HANA) -> None:
        """Use a slash command; words are a subcommand's name, then pairs of option and value."""
        options = [{"name": n, "type": 5 if isinstance(v, bool) else 3, "value": v} for n, v in words[1:]]  # type: ignore[misc]
        if words:
            options = [{"name": words[0], "type": 1, "options": options}]
        await self.dispatch("INTERACTION_CREATE", self._interaction(name, options, author))

    # What a test waits for

    def from_bot(self, channel: str = CHANNEL_ID) -> list[Json]:
        """Return what the bot has posted."""
        return [message for message in self.messages.get(channel, []) if message["author"]["id"] == BOT_ID]

    async def until(self, condition: Any, timeout_s: float = 20) -> None:
        """Wait until a condition over this stand-in holds."""
        async with asyncio.timeout(timeout_s):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def answers(self, count: int, channel: str = CHANNEL_ID, timeout_s: float = 20) -> list[str]:
        """Wait for so many messages of the bot and return all their texts."""
        await self.until(lambda: len(self.from_bot(channel)) >= count, timeout_s)
        return [message["content"] for message in self.from_bot(channel)]

    def forget_nonces(self) -> None:
        """Let some minutes pass: Discord remembers a nonce no longer."""
        self._nonces.clear()

    def wake(self) -> None:
        """Let whoever waits look again."""
        self._changed.set()

    # Faults

    def fail_next(self, path: str, status: int, times: int = 1) -> None:
        """Let the next requests to a path fail."""
        self.faults.append(Fault(path, status, times))

    async def drop(self, code: int = 4000) -> None:
        """Close every gateway connection."""
        for socket in self._sockets:
            await socket.close(code=code)

    async def dispatch(self, name: str, data: Json) -> None:
        """Send an event to every connection, and keep it for whoever resumes."""
        self._events.append({"op": 0, "s": len(self._events) + 1, "t": name, "d": data})
        for socket in self._sockets:
            if not socket.closed:
                await socket.send_json(self._events[-1])

    # REST

    @web.middleware
    async def door(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """Judge, check the token, and fail where a test asked for it."""
        path = request.path.removeprefix("/api/v10")
        if request.path.startswith("/api"):
            body = json.loads(await request.read() or b"null")
            if body is not None:
                self.judge.judge_request(request.method, path, body)
            if request.headers.get("Authorization") not in (f"Bot {TOKEN}", None):
                return _json({"message": "401: Unauthorized", "code": 0}, status=401)
        fault = next((fault for fault in self.faults if fault.path in path and fault.times > 0), None)
        self.wake()
        if fault is None:
            return await handler(request)
        fault.times -= 1
        if fault.status != LOST_ANSWER:
            body = {"message": "a fault made by a test", "code": 0, "retry_after": fault.retry_after, "global": False}
            return _json(body, status=fault.status, headers={"Via": "1.1 stand-in"})
        await handler(request)
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async def get_me(self, request: web.Request) -> web.Response:
        """GET /users/@me."""
        return _json(_user(BOT_ID))

    async def get_application(self, request: web.Request) -> web.Response:
        """GET /oauth2/applications/@me."""
        application = {"id": BOT_ID, "name": "senpai", "icon": None, "description": "", "bot_public": False}
        owner = {
            "owner": _user(HANA),
            "bot_require_code_grant": False,
            "verify_key": "0" * 64,
            "flags": 0,
            "team": None,
        }
        return _json(application | owner)

    async def get_gateway(self, request: web.Request) -> web.Response:
        """GET /gateway/bot."""
        limits = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1}
        return _json({"url": self.gateway_url, "shards": 1, "session_start_limit": limits})

    async def put_commands(self, request: web.Request) -> web.Response:
        """PUT /applications/{id}/commands."""
        self.commands = await request.json()
        fixed = {"application_id": BOT_ID, "version": self._new_id(), "default_member_permissions": None, "type": 1}
        return self._done(_json([{**fixed, **command, "id": self._new_id()} for command in self.commands]))

    async def post_message(self, request: web.Request) -> web.Response:
        """POST /channels/{id}/messages, once for each nonce."""
        channel, body = request.match_info["channel"], await request.json()
        key = (channel, str(body.get("nonce")))
        if body.get("enforce_nonce") and key in self._nonces:
            return _json(self._nonces[key])
        answered = body.get("message_reference")
        known = {message["id"] for message in self.messages.get(channel, [])}
        if answered and answered.get("fail_if_not_exists", True) and str(answered["message_id"]) not in known:
            return self._done(_json({"message": "Unknown message", "code": 50035}, status=400))
        more = {"type": 19, "message_reference": _reference_of(body, channel)} if answered else {}
        message = self._message(channel, _user(BOT_ID), body["content"].strip(), **more)
        message["sent"] = body
        self._nonces[key] = message
        self.messages.setdefault(channel, []).append(message)
        return self._done(_json(self._as_shown(message)))

    async def get_channel(self, request: web.Request) -> web.Response:
        """GET /channels/{id}."""
        return _json({**_guild()["channels"][0], "guild_id": GUILD_ID})

    async def get_messages(self, request: web.Request) -> web.Response:
        """GET /channels/{id}/messages?after=."""
        after = int(request.query.get("after", 0))
        found = [m for m in self.messages.get(request.match_info["channel"], []) if int(m["id"]) > after]
        page = found[: int(request.query.get("limit", 50))]
        return _json([self._as_shown(message) for message in reversed(page)])

    async def post_typing(self, request: web.Request) -> web.Response:
        """POST /channels/{id}/typing."""
        self.typing.append(request.match_info["channel"])
        return self._done(web.Response(status=NO_CONTENT))

    async def post_callback(self, request: web.Request) -> web.Response:
        """POST /interactions/{id}/{token}/callback."""
        self.callbacks.append(await request.json())
        interaction = {"id": request.match_info["id"], "type": 2, "response_message_loading": True}
        return self._done(_json({"interaction": interaction}))

    async def post_followup(self, request: web.Request) -> web.Response:
        """POST /webhooks/{id}/{token}."""
        body = await request.json()
        self.followups.append(body)
        return self._done(_json(self._message(CHANNEL_ID, _user(BOT_ID), body["content"])))

    # Gateway

    async def gateway(self, request: web.Request) -> web.WebSocketResponse:
        """Hello, identify or resume, heartbeats."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"op": 10, "d": {"heartbeat_interval": 41250}, "s": None, "t": None})
        async for frame in socket:
            if frame.type is not WSMsgType.TEXT:
                break
            await self._answer(socket, json.loads(frame.data))
        if socket in self._sockets:
            self._sockets.remove(socket)
        return socket

    async def _answer(self, socket: web.WebSocketResponse, payload: Json) -> None:
        match payload["op"]:
            case 1:
                await socket.send_json({"op": 11, "d": None, "s": None, "t": None})
            case 2 if self.refuses_token_at_gateway or payload["d"]["token"] != TOKEN:
                await socket.close(code=4004)
            case 2:
                self.identifies += 1
                self._sockets.append(socket)
                await self._greet(socket)
            case 6 if self.refuses_resume:
                await socket.send_json({"op": 9, "d": False, "s": None, "t": None})
            case 6:
                self.resumes += 1
                self._sockets.append(socket)
                for event in self._events[payload["d"]["seq"] or 0 :]:
                    await socket.send_json(event)
                await socket.send_json({"op": 0, "s": len(self._events), "t": "RESUMED", "d": {}})
        self._changed.set()

    async def _greet(self, socket: web.WebSocketResponse) -> None:
        ready = {
            "v": 10,
            "user": _user(BOT_ID),
            "guilds": [{"id": GUILD_ID, "unavailable": True}],
            "session_id": "a-session",
            "resume_gateway_url": self.gateway_url,
            "application": {"id": BOT_ID, "flags": 0},
        }
        for name, data in (("READY", ready), ("GUILD_CREATE", _guild())):
            await socket.send_json({"op": 0, "s": len(self._events), "t": name, "d": data})

    # Payloads

    def _new_id(self) -> str:
        millis = int(datetime.now(UTC).timestamp() * 1000) - EPOCH_MS
        self._last_id = max(self._last_id + 1, millis << 22)
        return str(self._last_id)

    def _message(self, channel: str, author: Json, text: str, **more: Any) -> Json:
        empty: Json = {name: [] for name in ("mentions", "mention_roles", "attachments", "embeds", "components")}
        plain = {
            "type": 0,
            "edited_timestamp": None,
            "flags": 0,
            "pinned": False,
            "mention_everyone": False,
            "tts": False,
        }
        own = {"id": self._new_id(), "channel_id": channel, "author": author, "content": text}
        message = {**empty, **plain, **own, "timestamp": datetime.now(UTC).isoformat(), **more}
        self.judge.judge_payload("MessageResponse", message)
        return message

    def _gateway_message(self, message: Json) -> Json:
        place = {} if message["channel_id"] == DIRECT_ID else {"guild_id": GUILD_ID, "member": _member()}
        return {**self._as_shown(message), **place}

    def _as_shown(self, message: Json) -> Json:
        """Blank what a bot without the message-content intent may not read."""
        concerned = [message["author"], *message["mentions"]]
        may_read = message["channel_id"] == DIRECT_ID or any(user["id"] == BOT_ID for user in concerned)
        shown = {name: value for name, value in message.items() if name != "sent"}
        return shown if may_read else {**shown, "content": ""}

    def _interaction(self, name: str, options: list[Json], author: str) -> Json:
        return {
            "id": self._new_id(),
            "application_id": BOT_ID,
            "type": 2,
            "token": "an-interaction-token",
            "version": 1,
            "channel_id": CHANNEL_ID,
            "channel": {"id": CHANNEL_ID, "type": 0},
            "guild_id": GUILD_ID,
            "guild": {"id": GUILD_ID, "features": [], "locale": "ja"},
            "member": {**_member(), "user": _user(author), "permissions": "0"},
            "locale": "ja",
            "attachment_size_limit": 10485760,
            "entitlements": [],
            "data": {"id": "1", "name": name, "type": 1, "options": options},
        }

    def _done(self, response: web.Response) -> web.Response:
        self._changed.set()
        return response


@asynccontextmanager
async def running() -> AsyncIterator[Discord]:
    """Run the stand-in on a free port."""
    discord = Discord()
    app = web.Application(middlewares=[discord.door])
    app.add_routes(
        [
            web.get("/gateway", discord.gateway),
            web.get("/api/v10/users/@me", discord.get_me),
            web.get("/api/v10/oauth2/applications/@me", discord.get_application),
            web.get("/api/v10/gateway/bot", discord.get_gateway),
            web.put("/api/v10/applications/{id}/commands", discord.put_commands),
            web.get(f"/api/v10/channels/{CHANNEL_ID}", discord.get_channel),
            web.post("/api/v10/channels/{channel}/messages", discord.post_message),
            web.get("/api/v10/channels/{channel}/messages", discord.get_messages),
            web.post("/api/v10/channels/{channel}/typing", discord.post_typing),
            web.post("/api/v10/interactions/{id}/{token}/callback", discord.post_callback),
            web.post("/api/v10/webhooks/{id}/{token}", discord.post_followup),
        ]
    )
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    discord.port = runner.addresses[0][1]
    try:
        yield discord
    finally:
        await discord.drop(1000)
        await runner.cleanup()


def _json(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """Answer with content-type exactly application/json: discord.py parses nothing else."""
    data = json.dumps(body).encode()
    return web.Response(body=data, status=status, headers={"Content-Type": "application/json", **(headers or {})})


def _user(user_id: str) -> Json:
    name = {BOT_ID: "senpai", HANA: "hana", TARO: "taro"}[user_id]
    plain = {"avatar": None, "discriminator": "0", "public_flags": 0, "flags": 0, "global_name": name}
    return {"id": user_id, "username": name, **plain, "primary_guild": None, "bot": user_id == BOT_ID}


def _member() -> Json:
    moment = datetime.now(UTC).isoformat()
    return {"roles": [], "joined_at": moment, "deaf": False, "mute": False, "flags": 0, "nick": None, "avatar": None}


def _guild() -> Json:
    channel = {"id": CHANNEL_ID, "type": 0, "name": "zatsudan", "position": 0, "permission_overwrites": []}
    everyone = {"id": GUILD_ID, "name": "@everyone", "permissions": "0", "position": 0, "color": 0, "hoist": False}
    role = {**everyone, "managed": False, "mentionable": False, "flags": 0}
    own_role = {**role, "id": BOT_ROLE_ID, "name": "senpai", "managed": True, "tags": {"bot_id": BOT_ID}}
    other_role = {**role, "id": OTHER_ROLE_ID, "name": "everyone else"}
    lists = {name: [] for name in ("emojis", "stickers", "features", "members", "threads", "presences", "voice_states")}
    return {
        "id": GUILD_ID,
        "name": "an invented server",
        "owner_id": HANA,
        "member_count": 3,
        "channels": [channel],
        "roles": [role, own_role, other_role],
        **lists,
    }


def _reference(message: Json) -> Json:
    return {"type": 0, "message_id": message["id"], "channel_id": message["channel_id"]}


def _reference_of(body: Json, channel: str) -> Json:
    return {"type": 0, "message_id": str(body["message_reference"]["message_id"]), "channel_id": channel}
