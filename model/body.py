"""Refuses requests whose body is larger than any conversation, before it is read.

Knows sizes. Does not know what is asked.
"""

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from model.refusals import Form, response

MAX_BODY_BYTES = 1 << 20
"""More than a hundred times what fits into the longest row, as text."""
_TOO_LARGE = Form(413, "invalid_request_error")
_SENTENCE = f"The body has more than {MAX_BODY_BYTES >> 10} KiB: send a shorter conversation."


class BodyLimit:
    """Answers 413 to a body that says it is too large, and to one that turns out to be."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it here."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isdecimal() and int(declared) > MAX_BODY_BYTES:
            await response(_SENTENCE, _TOO_LARGE)(scope, receive, send)
            return
        num_bytes = 0

        async def counted() -> Message:
            nonlocal num_bytes
            message = await receive()
            num_bytes += len(message.get("body", b""))
            if num_bytes > MAX_BODY_BYTES:
                raise HTTPException(413, _SENTENCE)
            return message

        await self._app(scope, counted, send)
