"""The worker's routes: what each one asks of serving and engine, and the shape of its answer.

Knows requests and responses. Does not know how weights are loaded or tokens are made.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from pydantic import ConfigDict
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from model.answer import Heading, events, whole
from model.conversation import Conversation
from model.engine.door import ChunkStream, Door
from model.engine.sequence import Chunk, Sequence
from model.metrics import Metrics
from model.protocol import (
    Body,
    ChatRequest,
    CheckpointCard,
    ForgetRequest,
    RollbackRequest,
    Status,
    Swapped,
    UseRequest,
)
from model.roster import Refused, ServingError
from model.serving import Serving

_MAX_WAIT_S = 120.0
"""Deadline of a request that names none: nobody waits for ever."""


class LoadRequest(Body):
    """``POST /v1/load_lora_adapter``, as vLLM has it."""

    model_config = ConfigDict(extra="ignore")

    lora_name: str
    lora_path: Path


class UnloadRequest(Body):
    """``POST /v1/unload_lora_adapter``, as vLLM has it."""

    model_config = ConfigDict(extra="ignore")

    lora_name: str


class Routes:
    """Handlers over one serving, one door and one set of metrics."""

    def __init__(self, serving: Serving, door: Door, metrics: Metrics) -> None:
        self._serving = serving
        self._door = door
        self._metrics = metrics

    def router(self) -> APIRouter:
        """Return all routes."""
        router = APIRouter()
        add = partial(router.add_api_route, response_model=None)
        add("/v1/chat/completions", self.chat, methods=["POST"])
        add("/v1/models", self.models, methods=["GET"])
        add("/v1/load_lora_adapter", self.load, methods=["POST"])
        add("/v1/unload_lora_adapter", self.unload, methods=["POST"])
        add("/senpai/use", self.use, methods=["POST"])
        add("/senpai/rollback", self.rollback, methods=["POST"])
        add("/senpai/forget", self.forget, methods=["POST"])
        add("/senpai/status", self.status, methods=["GET"])
        add("/senpai/checkpoints/{name:path}", self.card, methods=["GET"])
        add("/healthz", self.healthz, methods=["GET"])
        add("/readyz", self.readyz, methods=["GET"])
        add("/metrics", self.metrics, methods=["GET"])
        return router

    async def chat(self, body: ChatRequest, request: Request) -> Response:
        """Answer one conversation, whole or streamed; closing the connection cancels."""
        accepted_at = time.monotonic()
        served = await self._serving.find(body.model)
        sampling = body.sampling(served.defaults)
        conversation = Conversation.from_messages(message.model_dump() for message in body.messages)
        chunks = ChunkStream()
        sequence = await asyncio.to_thread(
            served.sequence,
            conversation,
            sampling,
            author=body.user or "",
            emit=chunks.emit,
            deadline_at=accepted_at + (sampling.deadline_s or _MAX_WAIT_S),
        )
        await self._door.submit(sequence)
        heading = Heading(model=served.name, num_prompt_tokens=len(sequence.prompt))
        counted = self._count(chunks, heading, accepted_at)
        if body.stream:
            return _Events(events(heading, counted, has_usage=body.has_usage), self._door, sequence)
        try:
            return JSONResponse(await _unless_disconnected(request, whole(heading, counted)))
        finally:
            self._door.cancel(sequence)

    async def models(self) -> dict[str, object]:
        """List what a request may name, loaded or not."""
        names = await self._serving.names()
        listed = [{"id": name, "object": "model", "created": 0, "owned_by": "senpai"} for name in names]
        return {"object": "list", "data": listed}

    async def load(self, body: LoadRequest) -> PlainTextResponse:
        """Load a checkpoint of the shelf beside the others."""
        if not self._serving.is_on_shelf(body.lora_path, body.lora_name):
            raise Refused(f"{body.lora_path} is not the checkpoint {body.lora_name!r} of the shelf: import it first.")
        await self._serving.find(body.lora_name)
        return PlainTextResponse(f"Success: LoRA adapter '{body.lora_name}' added successfully.")

    async def unload(self, body: UnloadRequest) -> PlainTextResponse:
        """Take a checkpoint out of memory."""
        await self._serving.unload(body.lora_name)
        return PlainTextResponse(f"Success: LoRA adapter '{body.lora_name}' removed successfully.")

    async def use(self, body: UseRequest) -> Swapped:
        """Make a checkpoint current."""
        with self._metrics.count_swap(ServingError):
            return await self._serving.use(body.checkpoint, who=body.who, force=body.force)

    async def rollback(self, body: RollbackRequest) -> Swapped:
        """Return to the checkpoint before."""
        with self._metrics.count_swap(ServingError):
            return await self._serving.rollback(who=body.who)

    async def forget(self, body: ForgetRequest) -> dict[str, str]:
        """Let a checkpoint answer no more, at once."""
        await self._serving.forget(body.checkpoint)
        return {"forgotten": body.checkpoint}

    async def status(self) -> Status:
        """Say what serves and how busy it is."""
        device, quantization = self._serving.place
        return Status(
            current=self._serving.current if self._serving.is_ready else None,
            loaded=self._serving.loaded,
            queue=self._door.stats.waiting,
            running=self._door.stats.running,
            swapping=self._serving.swapping,
            device=device,
            quantization=quantization,
        )

    async def card(self, name: str) -> CheckpointCard:
        """Say as whom a checkpoint speaks, and by whose leave."""
        return await self._serving.card(name)

    async def healthz(self) -> dict[str, str]:
        """Say that the process lives."""
        return {"status": "alive"}

    async def readyz(self) -> dict[str, str]:
        """Say that it can answer. Raises NotReady while it cannot."""
        return {"status": "ready", "current": self._serving.check_open()}

    async def metrics(self) -> Response:
        """Return the metrics in Prometheus' text format."""
        return Response(await asyncio.to_thread(self._metrics.text), media_type="text/plain; version=0.0.4")

    async def _count(self, chunks: ChunkStream, heading: Heading, accepted_at: float) -> AsyncIterator[Chunk]:
        """Pass chunks on and count them."""
        is_first = True
        async for chunk in chunks:
            if is_first:
                self._metrics.ttft.observe(time.monotonic() - accepted_at)
                is_first = False
            if chunk.is_last:
                self._metrics.count_request(heading.num_prompt_tokens, chunk)
            yield chunk


class _Events(StreamingResponse):
    """Server-sent events; however sending ends, the sequence ends with it."""

    def __init__(self, content: AsyncIterator[str], door: Door, sequence: Sequence) -> None:
        super().__init__(content, media_type="text/event-stream", headers={"Cache-Control": "no-cache"})
        self._door = door
        self._sequence = sequence

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the end or until the connection is closed."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._door.cancel(self._sequence)


async def _unless_disconnected(request: Request, answer: Coroutine[Any, Any, dict[str, Any]]) -> dict[str, Any]:
    """Wait for ``answer`` as long as somebody listens. Raises ClientDisconnect."""
    answering = asyncio.create_task(answer)
    watching = asyncio.create_task(_disconnected(request))
    try:
        await asyncio.wait({answering, watching}, return_when=asyncio.FIRST_COMPLETED)
        if not answering.done():
            raise ClientDisconnect
        return answering.result()
    finally:
        answering.cancel()
        watching.cancel()


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
