"""The webhook: checks the signature, reads the events, hands them over, answers 200.

Knows HTTP. Does not know what becomes of an event: LINE waits two seconds, so everything else happens later.
"""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime

from fastapi import FastAPI, Request, Response
from fastapi.responses import PlainTextResponse

from bot.platforms.line.events import UnreadableBody, Webhook, parse_webhook
from bot.platforms.line.signature import is_signed
from bot.settings import LINE_WEBHOOK_PATHS

log = logging.getLogger(__name__)

MAX_BODY_BYTES = 1 << 20
Accept = Callable[[Webhook], Awaitable[None]]


class _BodyTooLarge(Exception):
    """The body goes past ``MAX_BODY_BYTES``."""


def webhook_app(secrets: Sequence[str], accept: Accept) -> FastAPI:
    """Return the app with ``POST`` on each of ``LINE_WEBHOOK_PATHS``.

    ``accept`` returns once the events are stored; when it raises, LINE gets a 500 and may deliver them again.
    """
    app = FastAPI(openapi_url=None)

    async def receive(request: Request) -> Response:
        try:
            body = await _read(request.stream())
        except _BodyTooLarge:
            return _refuse(413, f"The webhook's body is larger than {MAX_BODY_BYTES} bytes.")
        if not is_signed(body, request.headers.get("x-line-signature"), secrets):
            return _refuse(400, "The signature is missing or wrong; check LINE_CHANNEL_SECRET.")
        try:
            webhook = parse_webhook(body, datetime.now(UTC))
        except UnreadableBody as problem:
            return _refuse(400, str(problem))
        await accept(webhook)
        return PlainTextResponse("OK")

    for path in LINE_WEBHOOK_PATHS:
        app.post(path)(receive)
    return app


async def _read(chunks: AsyncIterator[bytes]) -> bytes:
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise _BodyTooLarge
    return bytes(body)


def _refuse(status: int, sentence: str) -> Response:
    log.warning("webhook refused: %d %s", status, sentence)
    return PlainTextResponse(sentence + "\n", status)
