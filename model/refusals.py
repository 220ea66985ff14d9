"""One table: what went wrong, which HTTP status that is, and when to come back. All in OpenAI's error form.

Knows the names of failures. Does not know routes.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from math import ceil

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from model.answer import AnswerFailed
from model.conversation import ConversationError
from model.engine.engine import QueueFull, TooLong, WeightsGone
from model.prompt import PromptError
from model.protocol import SWAPPING, error_body
from model.roster import Refused, UnknownModel
from model.serving import NotReady, Swapping


@dataclass(frozen=True, slots=True)
class Form:
    """How a failure looks on the wire."""

    status: int
    kind: str
    code: str | None = None
    retry_after_s: int | None = None


FORMS: dict[type[Exception], Form] = {
    UnknownModel: Form(404, "not_found_error", "model_not_found"),
    Refused: Form(409, "invalid_request_error", "checkpoint_refused"),
    NotReady: Form(503, "server_error", "loading", 1),
    Swapping: Form(503, "server_error", SWAPPING, 2),
    WeightsGone: Form(503, "server_error", "loading", 1),
    QueueFull: Form(429, "rate_limit_error", "queue_full"),
    TooLong: Form(400, "invalid_request_error", "context_length_exceeded"),
    ConversationError: Form(400, "invalid_request_error"),
    PromptError: Form(400, "invalid_request_error"),
    AnswerFailed: Form(500, "server_error"),
}
_BAD_FIELD = Form(400, "invalid_request_error", "bad_field")


def add_error_forms(app: FastAPI) -> None:
    """Answer every named failure of ``app`` in OpenAI's form."""
    for failure, form in FORMS.items():
        app.add_exception_handler(failure, _answering(form))
    app.add_exception_handler(ValidationError, _bad_field)
    app.add_exception_handler(RequestValidationError, _bad_field)
    app.add_exception_handler(HTTPException, _http)


def response(message: str, form: Form) -> JSONResponse:
    """Return the error as a response."""
    headers = {"Retry-After": str(form.retry_after_s)} if form.retry_after_s is not None else None
    return JSONResponse(error_body(message, form.kind, form.code), form.status, headers)


def _answering(form: Form) -> Callable[[Request, Exception], Awaitable[JSONResponse]]:
    async def answer(_: Request, error: Exception) -> JSONResponse:
        if isinstance(error, QueueFull):
            return response(str(error), replace(form, retry_after_s=max(1, ceil(error.wait_s))))
        return response(str(error), form)

    return answer


async def _bad_field(_: Request, error: Exception) -> JSONResponse:
    """Name the first wrong field; what stands in it is not repeated."""
    assert isinstance(error, ValidationError | RequestValidationError)
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"] if part != "body") or "the body"
    return response(f"{field}: {first['msg']}.", _BAD_FIELD)


async def _http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return response(str(error.detail), Form(error.status_code, "invalid_request_error"))
