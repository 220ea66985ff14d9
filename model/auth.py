"""Who may speak to the worker: a key, and on loopback only callers who meant loopback.

Knows headers. Does not know routes or models.
"""

import hmac
import ipaddress

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from model.protocol import error_body

_OPEN_PATHS = {"/healthz", "/readyz"}


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach ``host``."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


class Gatekeeper:
    """Answers 401 without the key; on loopback 403 for a foreign Host header (a web page that rebinds its name)."""

    def __init__(self, app: ASGIApp, *, host: str, key: str | None) -> None:
        self._app = app
        self._is_local = is_loopback(host)
        self._key = key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it here."""
        refusal = self._refusal(scope) if scope["type"] == "http" else None
        await (refusal or self._app)(scope, receive, send)

    def _refusal(self, scope: Scope) -> JSONResponse | None:
        headers = Headers(scope=scope)
        if self._is_local and not is_loopback(_hostname(headers.get("host", ""))):
            body = error_body("This worker answers on loopback only: call it as 127.0.0.1.", "permission_error")
            return JSONResponse(body, 403)
        if self._key is None or scope["path"] in _OPEN_PATHS:
            return None
        given = headers.get("authorization", "").removeprefix("Bearer ")
        if hmac.compare_digest(given.encode("latin-1"), self._key.encode()):
            return None
        body = error_body("The key is missing or wrong: send Authorization: Bearer KEY.", "authentication_error")
        return JSONResponse(body, 401, {"WWW-Authenticate": "Bearer"})


def _hostname(header: str) -> str:
    """Return the Host header without its port; an IPv6 address keeps its brackets."""
    if header.startswith("["):
        return header.partition("]")[0] + "]"
    return header.partition(":")[0]
