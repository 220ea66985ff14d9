"""The console as a platform: takes in what the builder types on the page, hands the answers back to it.

Knows HTTP and the room. Whoever reaches the page is an administrator: on loopback the person at this machine, elsewhere
whoever knows SENPAI_CONSOLE_KEY.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from importlib import import_module

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import FileResponse, Response

from bot.message import IncomingMessage, Platform
from bot.platforms.base import Delivered, Delivery, PieceLimits
from bot.platforms.console.desk import Desk
from bot.platforms.console.lock import Locked
from bot.platforms.console.origin import OnlyOwnOrigin
from bot.platforms.console.shelf_view import report_file
from bot.platforms.console.words import Words
from bot.platforms.http import serve
from bot.platforms.port import bind_console
from bot.settings import Settings

NOTICE_AFTER_S, NOTICE_EVERY_S = 1.0, 2.0
"""When the page says what an answer waits for, and how often it looks whether that is still so."""
NO_SCRIPTS = {"Content-Security-Policy": "sandbox"}
"""A report may come from an imported checkpoint: it is shown, and can do nothing here."""


class ConsoleDoor:
    """Serves the pages on SENPAI_CONSOLE_PORT, ``wait_s`` after it was told to run."""

    platform = Platform.CONSOLE
    limits = PieceLimits(max_units=5000)
    greets = True

    def __init__(self, settings: Settings, desk: Desk, *, wait_s: float = 0.0) -> None:
        self._settings = settings
        self._wait_s = wait_s
        self._desk = desk
        self._room = desk.room

    async def run(self) -> None:
        """Serve the pages until cancelled. Raises PortInUse."""
        await asyncio.sleep(self._wait_s)
        await asyncio.to_thread(import_module, "nicegui")  # half a second, in which the other doors go on
        with bind_console(self._settings) as listener:
            try:
                await serve(self._app(), listener, has_lifespan=True)
            finally:
                await self._desk.training.stop()

    async def deliver(self, delivery: Delivery) -> Delivered:
        """Show the pieces on every open page; a page opened later finds them in the room or the history."""
        message = delivery.message
        for number, piece in enumerate(delivery.pieces):
            is_first = delivery.is_first and number == 0
            self._room.replied(message.key, message.text, piece, is_first=is_first)
        return Delivered()

    @asynccontextmanager
    async def working(self, message: IncomingMessage) -> AsyncIterator[None]:
        """Let the pages hear the answer while it is being written."""
        with self._room.working(message.key):
            yield

    @asynccontextmanager
    async def notice(self, message: IncomingMessage, sentence: Callable[[], Awaitable[str]]) -> AsyncIterator[None]:
        """Say on the pages, where the answer is going to stand, what it waits for."""
        telling = asyncio.create_task(self._tell(message.key, sentence))
        try:
            yield
        finally:
            telling.cancel()
            await asyncio.wait((telling,))
            self._room.tells(message.key, "")

    async def _tell(self, key: str, sentence: Callable[[], Awaitable[str]]) -> None:
        await asyncio.sleep(NOTICE_AFTER_S)
        while True:
            self._room.tells(key, await sentence())
            await asyncio.sleep(NOTICE_EVERY_S)

    def _app(self) -> FastAPI:
        from nicegui import ui

        from bot.platforms.console.frame import frame
        from bot.platforms.console.places import places

        app = FastAPI(openapi_url=None)
        locale, pages = self._settings.senpai_locale, places(self._desk)

        @app.get("/healthz")
        async def healthz() -> str:
            return "ok"

        @app.get("/metrics")
        async def metrics() -> Response:
            return Response(await self._desk.vital_signs.prometheus(), media_type="text/plain; version=0.0.4")

        @app.get("/reports/{name}/{file}")
        async def report(name: str, file: str) -> FileResponse:
            path = report_file(self._desk.home, name, file)
            if path is None:
                raise HTTPException(404, "There is no such report.")
            return FileResponse(path, headers=NO_SCRIPTS)

        async def page(request: Request) -> None:
            words = Words(locale)
            await self._desk.current.refresh()  # somebody may have swapped on another page, or by command
            frame(request, words.say("ai", persona=self._desk.persona_name), locale, pages)

        ui.run_with(app, root=page, dark=None, show_welcome_message=False, tailwind=False, reconnect_timeout=30)
        key = self._settings.senpai_console_key
        if key is None:
            app.add_middleware(OnlyOwnOrigin)
        else:
            app.add_middleware(Locked, key=key.get_secret_value(), words=Words(locale))
        return app
