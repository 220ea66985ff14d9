"""Takes a port of this machine for one door, or says who should give way. Knows sockets, not what is served."""

import errno
import socket

from bot.platforms.base import DoorClosed
from bot.settings import Settings

LOOPBACK = "127.0.0.1"
BACKLOG = 2048
"""Connections that wait while the loop is busy; a burst of webhooks must not be turned away."""


class PortInUse(DoorClosed):
    """Another process listens on the port."""


def bind_console(settings: Settings) -> socket.socket:
    """Return a socket for the console. Raises PortInUse."""
    host, port = settings.senpai_console_host, settings.senpai_console_port
    return bind(port, what="the console", setting="SENPAI_CONSOLE_PORT", host=host)


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
