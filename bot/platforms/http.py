"""An HTTP server inside the bot's own event loop: bound before it serves, stopped by whoever runs the bot."""

import asyncio
import contextlib
import errno
import socket
from collections.abc import Generator

import uvicorn
from starlette.types import ASGIApp

from bot.platforms.base import DoorClosed

LOOPBACK = "127.0.0.1"
BACKLOG = 2048
"""Connections that wait while the loop is busy; a burst of webhooks must not be turned away."""


class PortInUse(DoorClosed):
    """Another process listens on the port."""


def bind(port: int, *, what: str, setting: str, host: str = LOOPBACK) -> socket.socket:
    """Return a socket that listens on ``port`` of ``host``; 0 picks a free one. Who connects early is kept waiting.

    Raises PortInUse, which names ``what`` wanted the port and the ``setting`` that changes it.
    """
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as problem:
        listener.close()
        if problem.errno != errno.EADDRINUSE:
            raise
        sentence = f"Port {port} for {what} is already in use: stop the other process or set {setting}."
        raise PortInUse(sentence) from None
    return listener


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
