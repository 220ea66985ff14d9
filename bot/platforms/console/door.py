"""The console as a platform: takes in what the builder types on the page, hands the answers back to it.

Knows loopback HTTP and the room. The builder at this machine is an administrator; nobody else can reach the page.
"""

import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from fastapi import FastAPI

from bot.current import CurrentCheckpoint
from bot.history import History
from bot.i18n import Sentences
from bot.inbox import Inbox
from bot.message import IncomingMessage, Platform
from bot.platforms.base import Delivered, Delivery, PieceLimits
from bot.platforms.console.origin import OnlyOwnOrigin
from bot.platforms.console.room import AUTHOR_ID, CONVERSATION_ID, Room
from bot.platforms.http import bind, serve
from bot.settings import Settings
from model.conversation import Turn

SHOWN_CHARS = 20_000
"""How much of the conversation a freshly opened page shows."""


class ConsoleDoor:
    """Serves the page on SENPAI_CONSOLE_PORT."""

    platform = Platform.CONSOLE
    limits = PieceLimits(max_units=5000)
    greets = True

    def __init__(
        self, settings: Settings, *, inbox: Inbox, history: History, current: CurrentCheckpoint, sentences: Sentences
    ) -> None:
        self._port = settings.senpai_console_port
        self._inbox = inbox
        self._history = history
        self._current = current
        self._sentences = sentences
        self._room = Room()

    async def run(self) -> None:
        """Serve the page until cancelled. Raises PortInUse."""
        with bind(self._port, what="the console", setting="SENPAI_CONSOLE_PORT") as listener:
            await serve(self._app(), listener, has_lifespan=True)

    async def deliver(self, delivery: Delivery) -> Delivered:
        """Show the pieces on every open page; a page opened later finds them in the history."""
        for piece in delivery.pieces:
            self._room.replied(piece)
        return Delivered()

    @asynccontextmanager
    async def working(self, message: IncomingMessage) -> AsyncIterator[None]:  # noqa: ARG002 - there is one room
        """Show dots on every open page."""
        with self._room.working():
            yield

    def _app(self) -> FastAPI:
        from nicegui import ui

        from bot.platforms.console.page import Backend, ChatPage

        backend = Backend(
            persona_name=lambda: self._current.read().persona.name,
            history=self._said_before,
            say=self._take_in,
            room=self._room,
            sentences=self._sentences,
        )
        app = FastAPI(openapi_url=None)

        @app.get("/healthz")
        async def healthz() -> str:
            return "ok"

        async def page() -> None:
            await ChatPage(backend).build()

        ui.run_with(app, root=page, dark=None, show_welcome_message=False)
        app.add_middleware(OnlyOwnOrigin)
        return app

    async def _said_before(self) -> Sequence[Turn]:
        return await self._history.recent(f"{Platform.CONSOLE}:{CONVERSATION_ID}", SHOWN_CHARS)

    async def _take_in(self, text: str) -> None:
        message = IncomingMessage(
            platform=Platform.CONSOLE,
            event_id=secrets.token_hex(16),
            conversation_id=CONVERSATION_ID,
            author_id=AUTHOR_ID,
            text=text,
            sent_at=datetime.now(UTC),
            is_direct=True,
            is_addressed=True,
            is_admin=True,
        )
        await self._inbox.accept(message)
        self._room.asked(text)
