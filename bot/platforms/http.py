"""An HTTP server inside the bot's own event loop, stopped by whoever runs the bot."""

import asyncio
import contextlib
import socket
from collections.abc import Generator

import uvicorn
from starlette.types import ASGIApp

from bot.platforms.port import BACKLOG


async def serve(app: ASGIApp, listener: socket.socket, *, has_lifespan: bool = False) -> None:
    """Answer on ``listener`` until cancelled; requests in progress are finished first."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="on" if has_lifespan else "off",
        timeout_graceful_shutdown=2,
        backlog=BACKLOG,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        await asyncio.shield(serving)
    finally:
        server.should_exit = True
        await serving
        listener.close()


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: who runs the bot decides when it stops."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield
