"""The few calls the doctor and the wizard make, of Discord's and LINE's REST APIs, answered as a test tells them to.

Knows paths and JSON; each field of ``Apis`` is one thing that may be wrong.
"""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from time import time
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

DISCORD_TOKEN = "discord-token"
LINE_TOKEN = "line-token"
BOT_ID = "111111111111111111"


@dataclass(slots=True)
class Apis:
    """Everything is well until a test says otherwise."""

    guilds: list[dict[str, Any]] = field(default_factory=lambda: [{"id": "1", "name": "天文部"}])
    webhook: str | None = "https://senpai.example/line/webhook"
    is_active: bool = True
    test: dict[str, Any] = field(default_factory=lambda: {"success": True, "statusCode": 200, "reason": "OK"})
    quota: dict[str, Any] = field(default_factory=lambda: {"type": "limited", "value": 200})
    spent: int = 3
    clock_off_s: float = 0.0
    port: int = 0
    calls: list[tuple[str, str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        """For DISCORD_API_URL and LINE_API_URL."""
        return f"http://127.0.0.1:{self.port}"

    async def answer(self, request: Request) -> JSONResponse:
        """Answer any call."""
        path = request.url.path
        self.calls.append((request.method, path))
        is_line = path.startswith("/v2/bot/")
        wanted = f"Bearer {LINE_TOKEN}" if is_line else f"Bot {DISCORD_TOKEN}"
        headers = {"Date": formatdate(time() + self.clock_off_s, usegmt=True)}
        if request.headers.get("authorization") != wanted:
            return JSONResponse({"message": "401: Unauthorized"}, 401, headers)
        status, body = await self._line(request, path) if is_line else self._discord(path)
        return JSONResponse(body, status, headers)

    def _discord(self, path: str) -> tuple[int, Any]:
        match path:
            case "/users/@me":
                return 200, {"id": BOT_ID, "username": "hanako-bot", "bot": True}
            case "/users/@me/guilds":
                return 200, self.guilds
        return 404, {"message": "404: Not Found", "code": 0}

    async def _line(self, request: Request, path: str) -> tuple[int, Any]:
        match request.method, path.removeprefix("/v2/bot/"):
            case "GET", "info":
                return 200, {"userId": "U" + "0" * 32, "basicId": "@hanako", "displayName": "花子"}
            case "GET", "channel/webhook/endpoint":
                found = {"endpoint": self.webhook, "active": self.is_active}
                return (200, found) if self.webhook else (404, {"message": "Not found"})
            case "PUT", "channel/webhook/endpoint":
                self.webhook = (await request.json())["endpoint"]
                return 200, {}
            case "POST", "channel/webhook/test":
                return 200, {"timestamp": "2026-11-25T00:00:00Z", "detail": "", **self.test}
            case "GET", "message/quota":
                return 200, self.quota
            case "GET", "message/quota/consumption":
                return 200, {"totalUsage": self.spent}
        return 404, {"message": "Not found"}


@asynccontextmanager
async def running() -> AsyncIterator[Apis]:
    """Run the stand-in on a free port."""
    apis, app = Apis(), FastAPI(openapi_url=None)
    app.add_route("/{path:path}", apis.answer, methods=["GET", "PUT", "POST"])
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", date_header=False))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        apis.port = listening.getsockname()[1]
        task = asyncio.create_task(server._serve([listening]))
        try:
            yield apis
        finally:
            server.should_exit = server.force_exit = True
            await task
