"""Discord's gateway on loopback: hello, identify, resume, heartbeats, events, and everything that can go wrong there.

Knows sessions and close codes. Does not know what events mean.
"""

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from tests.standins.discord_payloads import BOT_ID, GUILD_ID, Json, guild, user

TOKEN = "token-of-an-invented-bot"
PRIVILEGED = 1 << 1 | 1 << 8 | 1 << 15
MESSAGE_CONTENT = 1 << 15


@dataclass(slots=True, eq=False)
class Session:
    """One connection that has identified itself: which shard of how many, and whether it may read every message."""

    socket: web.WebSocketResponse
    shard: int = 0
    num_shards: int = 1

    async def send(self, payload: Json) -> None:
        """Send, unless the connection is gone or going."""
        with suppress(ConnectionError):
            if not self.socket.closed:
                await self.socket.send_json(payload)

    def sees(self, event: Json) -> bool:
        """Tell whether an event belongs to this shard."""
        place = event["d"].get("guild_id") or (event["d"]["id"] if event["t"].startswith("GUILD") else None)
        return self.shard == ((int(place) >> 22) % self.num_shards if place else 0)


@dataclass(slots=True, eq=False)
class Gateway:
    """``zombie`` stops acknowledging heartbeats; the next connection is healthy again."""

    identifies: int = 0
    num_refused: int = 0
    resumes: int = 0
    refuses_token_at_gateway: bool = False
    refuses_resume: bool = False
    allowed_privileged: int = 0
    is_zombie: bool = False
    heartbeat_interval_ms: int = 41250
    shards: int = 1
    intents: int = 0
    nick: str | None = None
    port: int = 0
    runner: web.AppRunner | None = None
    _sessions: list[Session] = field(default_factory=list)
    _events: list[Json] = field(default_factory=list)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def gateway_url(self) -> str:
        """For DISCORD_GATEWAY_URL."""
        return f"ws://127.0.0.1:{self.port}/gateway"

    async def until(self, condition: Any, timeout_s: float = 20) -> None:
        """Wait until a condition over this stand-in holds."""
        async with asyncio.timeout(timeout_s):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    def wake(self) -> None:
        """Let whoever waits look again."""
        self._changed.set()

    # Faults

    async def drop(self, code: int = 4000) -> None:
        """Close every gateway connection."""
        for session in list(self._sessions):
            await session.socket.close(code=code)

    async def reset(self) -> None:
        """Tear every gateway connection down without a word."""
        for session in list(self._sessions):
            assert session.socket._req is not None and session.socket._req.transport is not None
            session.socket._req.transport.abort()

    async def ask_to_reconnect(self) -> None:
        """Send op 7."""
        await self._tell(7, None)

    async def invalidate(self, *, can_resume: bool) -> None:
        """Send op 9."""
        await self._tell(9, can_resume)

    async def listen_also_on(self, port: int) -> None:
        """Answer on another port too."""
        assert self.runner is not None
        await web.TCPSite(self.runner, "127.0.0.1", port).start()

    async def _tell(self, op: int, data: Any) -> None:
        for session in list(self._sessions):
            await session.send({"op": op, "d": data, "s": None, "t": None})

    async def dispatch(self, name: str, data: Json) -> None:
        """Send an event to whom it concerns, and keep it for whoever resumes."""
        event = {"op": 0, "s": len(self._events) + 1, "t": name, "d": data}
        self._events.append(event)
        for session in self._sessions:
            if session.sees(event):
                await session.send(event)

    # The protocol

    async def gateway(self, request: web.Request) -> web.WebSocketResponse:
        """Hello, identify or resume, heartbeats."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        hello = {"heartbeat_interval": self.heartbeat_interval_ms}
        await socket.send_json({"op": 10, "d": hello, "s": None, "t": None})
        async for frame in socket:
            if frame.type is not WSMsgType.TEXT:
                break
            await self._answer(socket, json.loads(frame.data))
            self.wake()
        self._sessions = [session for session in self._sessions if session.socket is not socket]
        return socket

    async def _answer(self, socket: web.WebSocketResponse, payload: Json) -> None:
        match payload["op"]:
            case 1 if not self.is_zombie:
                await socket.send_json({"op": 11, "d": None, "s": None, "t": None})
            case 2 if self.refuses_token_at_gateway or payload["d"]["token"] != TOKEN:
                await socket.close(code=4004)
            case 2 if payload["d"]["intents"] & PRIVILEGED & ~self.allowed_privileged:
                self.num_refused += 1
                await socket.close(code=4014)
            case 2:
                await self._begin(socket, payload["d"])
            case 6 if self.refuses_resume or not payload["d"]["session_id"]:
                await socket.send_json({"op": 9, "d": False, "s": None, "t": None})
            case 6:
                await self._resume(socket, payload["d"])

    async def _begin(self, socket: web.WebSocketResponse, asked: Json) -> None:
        self.identifies += 1
        self.is_zombie = False
        self.intents = asked["intents"]
        shard, num_shards = asked.get("shard") or (0, 1)
        session = Session(socket, shard, num_shards)
        self._sessions.append(session)
        is_here = session.sees({"t": "GUILD_CREATE", "d": {"id": GUILD_ID}})
        ready = {
            "v": 10,
            "user": user(BOT_ID),
            "guilds": [{"id": GUILD_ID, "unavailable": True}] if is_here else [],
            "session_id": f"session-{shard}-{num_shards}",
            "resume_gateway_url": self.gateway_url,
            "application": {"id": BOT_ID, "flags": 0},
            "shard": [shard, num_shards],
        }
        await socket.send_json({"op": 0, "s": len(self._events), "t": "READY", "d": ready})
        if is_here:
            await socket.send_json({"op": 0, "s": len(self._events), "t": "GUILD_CREATE", "d": guild(self.nick)})

    async def _resume(self, socket: web.WebSocketResponse, asked: Json) -> None:
        self.resumes += 1
        self.is_zombie = False
        shard, num_shards = (int(part) for part in asked["session_id"].split("-")[1:])
        session = Session(socket, shard, num_shards)
        self._sessions.append(session)
        for event in self._events[asked["seq"] or 0 :]:
            if session.sees(event):
                await socket.send_json(event)
        await socket.send_json({"op": 0, "s": len(self._events), "t": "RESUMED", "d": {}})
