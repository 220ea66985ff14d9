"""The worker as the bot sees it: OpenAI's API over HTTP. Knows status codes; does not know prompts or platforms.

Any OpenAI-compatible server can stand in the worker's place; only swapping and status are the worker's own.
"""

from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from typing import Any, TypeVar, cast

import openai
from openai.types.chat import ChatCompletionMessageParam
from pydantic import BaseModel

from bot.completions import (
    Overrides,
    Part,
    PromptTooLong,
    QueueFull,
    Refused,
    UnknownCheckpoint,
    WorkerError,
    WorkerLoading,
    WorkerSwapping,
    WorkerUnreachable,
)
from model.conversation import Conversation
from model.protocol import SWAPPING, ForgetRequest, RollbackRequest, Status, Swapped, UseRequest

DEFAULT_RETRY_AFTER_S = 2.0
SWAP_TIMEOUT_S = 300.0
"""Loading a large checkpoint beside the one that answers takes minutes on a slow disk."""

Answer = TypeVar("Answer", bound=BaseModel)


class WorkerClient:
    """Speaks to one worker. Create it inside the running event loop and close it at the end."""

    def __init__(self, url: str, key: str | None = None, timeout_s: float = 60.0) -> None:
        self._url = url.rstrip("/").removesuffix("/v1")
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
            stream = await self._client.chat.completions.create(
                model=checkpoint,
                messages=cast(Iterable[ChatCompletionMessageParam], conversation.to_messages()),
                stream=True,
                stream_options={"include_usage": True},
                user=sha256(author.encode()).hexdigest()[:16],
                extra_body=dict(overrides),
            )
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
        """Return what the worker is doing."""
        with _named_errors():
            return Status.model_validate(await self._client.get(f"{self._url}/senpai/status", cast_to=object))

    async def metrics(self) -> str:
        """Return the worker's metrics in Prometheus' text format."""
        with _named_errors():
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
        with _named_errors():
            body = ForgetRequest(checkpoint=checkpoint).model_dump()
            await self._client.with_options(timeout=SWAP_TIMEOUT_S).post(
                f"{self._url}/senpai/forget", body=body, cast_to=object
            )

    async def close(self) -> None:
        """Close every connection."""
        await self._client.close()

    async def _swap(self, door: str, request: BaseModel) -> Swapped:
        with _named_errors():
            answer = await self._client.with_options(timeout=SWAP_TIMEOUT_S).post(
                f"{self._url}/senpai/{door}", body=request.model_dump(), cast_to=object
            )
            return Swapped.model_validate(answer)


@contextmanager
def _named_errors() -> Iterator[None]:
    try:
        yield
    except openai.APIStatusError as error:
        raise _named(error) from error
    except openai.APIConnectionError as error:
        raise WorkerUnreachable(f"The worker does not answer ({type(error).__name__}).") from error
    except openai.APIError as error:
        raise WorkerUnreachable(f"The worker broke its answer off: {error.message}") from error


def _named(error: openai.APIStatusError) -> WorkerError:
    message = _message(error)
    if error.code == "context_length_exceeded":
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
