"""An answer on its way to whoever asked, in the form of OpenAI's chat API: whole, or as server-sent events.

Knows JSON shapes and chunks. Does not know routes, weights or how tokens come about.
"""

import json
import time
import uuid
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from model.engine.sequence import Chunk
from model.protocol import FinishReason, Usage, error_body

DONE = "data: [DONE]\n\n"


class AnswerFailed(Exception):
    """The engine could not finish the answer; the message is for whoever asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What every part of one answer repeats. ``model`` is the one checkpoint that produces it."""

    model: str
    num_prompt_tokens: int
    id: str = field(default_factory=lambda: f"chatcmpl-{uuid.uuid4().hex}")
    created: int = field(default_factory=lambda: int(time.time()))

    def usage(self, num_tokens: int) -> dict[str, Any]:
        """Return the usage after ``num_tokens`` of the answer."""
        total = self.num_prompt_tokens + num_tokens
        usage = Usage(prompt_tokens=self.num_prompt_tokens, completion_tokens=num_tokens, total_tokens=total)
        return usage.model_dump()

    def part(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Return a JSON object of this answer."""
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model, **fields}


async def whole(heading: Heading, chunks: AsyncIterable[Chunk]) -> dict[str, Any]:
    """Wait for the end and return a ``chat.completion``. Raises AnswerFailed."""
    text = ""
    async for chunk in chunks:
        text += chunk.text
    if chunk.error is not None:
        raise AnswerFailed(chunk.error)
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": chunk.finish_reason, "logprobs": None}
    return heading.part("chat.completion", choices=[choice], usage=heading.usage(chunk.num_tokens))


async def events(heading: Heading, chunks: AsyncIterable[Chunk], *, has_usage: bool) -> AsyncIterator[str]:
    """Yield ``chat.completion.chunk`` events, the last with a finish reason, then usage if asked, then [DONE]."""
    yield _event(_delta(heading, {"role": "assistant", "content": ""}))
    async for chunk in chunks:
        if chunk.text:
            yield _event(_delta(heading, {"content": chunk.text}))
    if chunk.error is not None:
        yield _event(error_body(chunk.error, "server_error"))
    else:
        yield _event(_delta(heading, {}, chunk.finish_reason))
        if has_usage:
            yield _event(heading.part("chat.completion.chunk", choices=[], usage=heading.usage(chunk.num_tokens)))
    yield DONE


def _delta(heading: Heading, delta: dict[str, str], finish_reason: FinishReason | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason, "logprobs": None}
    return heading.part("chat.completion.chunk", choices=[choice])


def _event(body: dict[str, Any]) -> str:
    return f"data: {json.dumps(body, ensure_ascii=False)}\n\n"
