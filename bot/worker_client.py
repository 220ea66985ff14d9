"""The worker as the bot sees it: OpenAI's API over HTTP. Knows status codes; does not know prompts or platforms.

Any OpenAI-compatible server can stand in the worker's place; the doors below /senpai are the worker's own, those for
adapters are vLLM's too. What a server does with a missing door is ``elsewhere``'s matter.
"""

import logging
import re
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar, cast

import httpx
import openai
from openai.types.chat import ChatCompletionChunk, ChatCompletionMessageParam
from pydantic import BaseModel, ValidationError

from bot.completions import (
    NoSuchDoor,
    Overrides,
    Part,
    PromptTooLong,
    QueueFull,
    Refused,
    UnknownCheckpoint,
    WorkerAway,
    WorkerError,
    WorkerLoading,
    WorkerSwapping,
    WorkerUnreachable,
)
from model.conversation import Conversation
from model.protocol import (
    SWAPPING,
    CheckpointCard,
    ForgetRequest,
    RollbackRequest,
    Status,
    Swapped,
    UseRequest,
)

DEFAULT_RETRY_AFTER_S = 2.0
SWAP_TIMEOUT_S = 300.0
"""Loading a large checkpoint beside the one that answers takes minutes on a slow disk."""

_OURS = frozenset({"top_k", "repetition_penalty", "no_repeat_ngram_size", "deadline_s", "strength"})
_RUNGS = (frozenset[str](), _OURS, _OURS | {"user", "stream_options"})
"""Fields left out for a server that refuses them, one rung after the other; the one that it took is remembered."""
_OWN_REFUSALS = {"bad_field", "context_length_exceeded"}
_TOO_LONG = re.compile(r"context (length|window)|maximum model length|max_model_len", re.IGNORECASE)
_log = logging.getLogger(__name__)

Answer = TypeVar("Answer", bound=BaseModel)


class WorkerClient:
    """Speaks to one worker. Create it inside the running event loop and close it at the end."""

    def __init__(self, url: str, key: str | None = None, timeout_s: float = 60.0) -> None:
        self._url = url.rstrip("/").removesuffix("/v1")
        self._rung = 0
        self._client = openai.AsyncOpenAI(
            base_url=f"{self._url}/v1",
            api_key=key or "none",
            max_retries=0,
            timeout=openai.Timeout(timeout_s, connect=5),
        )

    async def stream(
        self, conversation: Conversation, *, checkpoint: str, author: str, overrides: Overrides
    ) -> AsyncGenerator[Part, None]:
        """Yield the completion in parts as they come; closing the generator cancels the request."""
        with _named_errors():
            stream = await self._open(checkpoint, conversation, _optional(author, overrides))
            async with stream:
                is_whole = False
                async for chunk in stream:
                    for choice in chunk.choices:
                        is_whole = is_whole or choice.finish_reason is not None
                        yield Part(choice.delta.content or "", choice.finish_reason)
                    if chunk.usage:
                        yield Part(num_tokens=chunk.usage.completion_tokens)
                if not is_whole:
                    raise WorkerUnreachable("The worker ended its answer in the middle.")

    async def ready(self) -> None:
        """Return when the worker can answer now, or is a server without a door for this question.

        Raises WorkerLoading or WorkerUnreachable.
        """
        with suppress(UnknownCheckpoint), _named_errors():
            await self._client.with_options(timeout=5).get(f"{self._url}/readyz", cast_to=object)

    async def status(self) -> Status:
        """Return what the worker is doing. Raises NoSuchDoor at a server of another kind."""
        return await self._ask(Status, "status")

    async def card(self, checkpoint: str) -> CheckpointCard:
        """Return as whom a checkpoint speaks; ``current`` is one. Raises NoSuchDoor at a server of another kind."""
        return await self._ask(CheckpointCard, f"checkpoints/{checkpoint}")

    async def metrics(self) -> str:
        """Return the worker's metrics in Prometheus' text format. Raises NoSuchDoor at a server without."""
        with _named_errors(is_door=True):
            return await self._client.with_options(timeout=5).get(f"{self._url}/metrics", cast_to=str)

    async def models(self) -> list[str]:
        """Return the names of the checkpoints that can be asked for."""
        with _named_errors():
            return [model.id async for model in self._client.models.list()]

    async def use(self, checkpoint: str, *, who: str, force: bool) -> Swapped:
        """Let another checkpoint answer from now on."""
        return await self._swap("use", UseRequest(checkpoint=checkpoint, force=force, who=who))

    async def rollback(self, *, who: str) -> Swapped:
        """Return to the checkpoint that answered before."""
        return await self._swap("rollback", RollbackRequest(who=who))

    async def forget(self, checkpoint: str) -> None:
        """Let a checkpoint answer no more: the bare base takes its place. Raises WorkerError."""
        with _named_errors(is_door=True):
            body = ForgetRequest(checkpoint=checkpoint).model_dump()
            await self._client.with_options(timeout=SWAP_TIMEOUT_S).post(
                f"{self._url}/senpai/forget", body=body, cast_to=object
            )

    async def load_adapter(self, name: str, folder: Path) -> None:
        """Load an adapter that the server finds at ``folder``; vLLM's door, and ours."""
        await self._adapter("load", {"lora_name": name, "lora_path": str(folder)})

    async def unload_adapter(self, name: str) -> None:
        """Unload an adapter; vLLM's door, and ours."""
        await self._adapter("unload", {"lora_name": name})

    async def close(self) -> None:
        """Close every connection."""
        await self._client.close()

    async def _open(
        self, checkpoint: str, conversation: Conversation, optional: Mapping[str, object]
    ) -> openai.AsyncStream[ChatCompletionChunk]:
        """Ask with every field, and where the server refuses some, again without them."""
        for rung, left_out in enumerate(_RUNGS):
            if rung < self._rung:
                continue
            try:
                stream = await self._client.chat.completions.create(
                    model=checkpoint,
                    messages=cast(Iterable[ChatCompletionMessageParam], conversation.to_messages()),
                    stream=True,
                    extra_body={name: value for name, value in optional.items() if name not in left_out},
                )
            except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
                if rung == len(_RUNGS) - 1 or error.code in _OWN_REFUSALS or _TOO_LONG.search(_message(error)):
                    raise
            else:
                self._remember(rung)
                return stream
        raise AssertionError("the last rung either answers or raises")

    def _remember(self, rung: int) -> None:
        if rung > self._rung:
            _log.warning("the server refuses fields, left out from now on: %s", ", ".join(sorted(_RUNGS[rung])))
            self._rung = rung

    async def _ask(self, kind: type[Answer], door: str) -> Answer:
        with _named_errors(is_door=True):
            return kind.model_validate(await self._client.get(f"{self._url}/senpai/{door}", cast_to=object))

    async def _swap(self, door: str, request: BaseModel) -> Swapped:
        return Swapped.model_validate(await self._post(f"{self._url}/senpai/{door}", request.model_dump(), object))

    async def _adapter(self, act: str, body: dict[str, str]) -> None:
        await self._post(f"{self._url}/v1/{act}_lora_adapter", body, httpx.Response)

    async def _post(self, url: str, body: object, kind: type[Any]) -> Any:
        with _named_errors(is_door=True):
            return await self._client.with_options(timeout=SWAP_TIMEOUT_S).post(url, body=body, cast_to=kind)


def _optional(author: str, overrides: Overrides) -> dict[str, object]:
    """Return the fields that a request could do without."""
    user = sha256(author.encode()).hexdigest()[:16]
    return {"stream_options": {"include_usage": True}, "user": user, **overrides}


@contextmanager
def _named_errors(*, is_door: bool = False) -> Iterator[None]:
    """Raise WorkerError for whatever goes wrong; ``is_door`` says that the server may be of a kind without it."""
    try:
        yield
    except openai.APIStatusError as error:
        if is_door and error.status_code in (404, 405) and not _names_a_model(error):
            raise NoSuchDoor("The server has no such door: it is no worker of ours.") from error
        raise _named(error) from error
    except ValidationError as error:  # a page for people, say
        raise NoSuchDoor("The server answers something else at this door: it is no worker of ours.") from error
    except openai.APIConnectionError as error:
        kind = (
            WorkerAway if type(error.__cause__).__name__ == "ConnectError" else WorkerUnreachable
        )  # httpx's, by any name
        raise kind(f"The worker does not answer ({type(error).__name__}).") from error
    except openai.APIError as error:
        raise WorkerUnreachable(f"The worker broke its answer off: {error.message}") from error


def _names_a_model(error: openai.APIStatusError) -> bool:
    """Return whether a 404 is about a model or an adapter; ours says so by its code, vLLM by its type."""
    return error.code == "model_not_found" or error.type == "NotFoundError"


def _named(error: openai.APIStatusError) -> WorkerError:
    message = _message(error)
    if error.code == "context_length_exceeded" or (error.status_code == 400 and _TOO_LONG.search(message)):
        return PromptTooLong(message)
    match error.status_code:
        case 404:
            return UnknownCheckpoint(message)
        case 429:
            return QueueFull(message, _retry_after_s(error))
        case 503:
            kind = WorkerSwapping if error.code == SWAPPING else WorkerLoading
            return kind(message, _retry_after_s(error))
        case status if status >= 500:
            return WorkerUnreachable(f"The worker failed with status {status}: {message}")
    return Refused(message)


def _message(error: openai.APIStatusError) -> str:
    body: Any = error.body
    told = body.get("message") if isinstance(body, dict) else None
    return str(told or error.message)


def _retry_after_s(error: openai.APIStatusError) -> float:
    try:
        return float(error.response.headers.get("retry-after", DEFAULT_RETRY_AFTER_S))
    except ValueError:
        return DEFAULT_RETRY_AFTER_S
