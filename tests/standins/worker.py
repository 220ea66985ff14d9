"""A worker on loopback that says what a test tells it to: OpenAI's chat API and the swap doors, without a model.

Knows the wire. Does not know the bot. Each request takes the next step of the script; the last step repeats.
"""

import asyncio
import json
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.middleware.base import RequestResponseEndpoint

from model.protocol import ChatRequest, RollbackRequest, Status, Swapped, UseRequest, error_body


@dataclass(frozen=True, slots=True)
class Say:
    """Stream a text, after a while, a character every ``each_s``, with a pause after each sentence.

    ``breaks`` ends the connection in its middle.
    """

    text: str
    after_s: float = 0.0
    each_s: float = 0.0
    breaks: bool = False
    pause_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Refuse:
    """Answer with an error in OpenAI's form."""

    status: int
    code: str | None = None
    message: str = "refused by the script"


Step = Say | Refuse


METRICS = """# TYPE senpai_requests counter
senpai_requests_total{outcome="stop"} 7.0
# TYPE senpai_tokens counter
senpai_tokens_total{place="answer"} 200.0
# TYPE senpai_ttft_seconds histogram
senpai_ttft_seconds_bucket{le="0.1"} 2.0
senpai_ttft_seconds_bucket{le="0.25"} 3.0
senpai_ttft_seconds_bucket{le="+Inf"} 4.0
senpai_ttft_seconds_count 4.0
senpai_ttft_seconds_sum 1.0
# TYPE process_resident_memory_bytes gauge
process_resident_memory_bytes 1.048576e+08
"""


@dataclass(slots=True)
class Worker:
    """Plays its script and remembers what it was asked."""

    script: list[Step] = field(default_factory=lambda: [Say("うん、元気だよ！")])
    requests: list[ChatRequest] = field(default_factory=list)
    queue: int = 0
    is_loading: bool = False
    num_cancelled: int = 0
    echoes: bool = False
    checkpoints: list[str] = field(default_factory=lambda: ["base:mini", "hanako", "taro", "jiro"])
    current: str = "hanako"
    previous: str | None = None
    swaps: list[dict[str, Any]] = field(default_factory=list)
    port: int = 0
    home: Path | None = None
    metrics_text: str = METRICS
    sent_at: list[float] = field(default_factory=list)
    _asked: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        """For SENPAI_WORKER_URL."""
        return f"http://127.0.0.1:{self.port}"

    def questions(self) -> list[str]:
        """Return the last message of every request."""
        return [request.messages[-1].content for request in self.requests]

    def swap_to(self, name: str) -> None:
        """Let another checkpoint answer, and say so on the shelf of ``home`` when there is one, as a worker does."""
        self.previous, self.current = self.current, name
        if self.home:
            (self.home / "checkpoints" / "current").write_text(f"{name}\n", encoding="utf-8")

    async def until_asked(self, times: int) -> None:
        """Wait until so many requests have come."""
        async with asyncio.timeout(10):
            while len(self.requests) < times:
                self._asked.clear()
                await self._asked.wait()

    async def until_cancelled(self) -> None:
        """Wait until a request has been cancelled."""
        async with asyncio.timeout(10):
            while not self.num_cancelled:
                self._asked.clear()
                await self._asked.wait()

    async def complete(self, request: ChatRequest) -> Response:
        """POST /v1/chat/completions."""
        self.requests.append(request)
        self._asked.set()
        step = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(step, Refuse):
            return _error(step.status, step.message, step.code)
        if self.echoes and isinstance(step, Say):
            step = replace(step, text=request.messages[-1].content)
        return StreamingResponse(self._stream(step, request.model), media_type="text/event-stream")

    async def use(self, request: UseRequest) -> Response:
        """POST /senpai/use."""
        self.swaps.append(request.model_dump())
        if request.checkpoint not in self.checkpoints:
            return _error(404, f"No checkpoint {request.checkpoint!r}.", "model_not_found")
        return self._swap(request.checkpoint)

    async def rollback(self, request: RollbackRequest) -> Response:
        """POST /senpai/rollback."""
        self.swaps.append(request.model_dump())
        if self.previous is None:
            return _error(409, "There is no earlier checkpoint to go back to.", "nothing_to_roll_back")
        return self._swap(self.previous)

    async def status(self) -> Status:
        """GET /senpai/status."""
        return Status(
            current=self.current,
            loaded=[self.current],
            queue=self.queue,
            running=1,
            swapping=None,
            device="cpu",
            quantization="4bit",
        )

    async def metrics(self) -> PlainTextResponse:
        """GET /metrics."""
        return PlainTextResponse(self.metrics_text)

    async def models(self) -> dict[str, Any]:
        """GET /v1/models."""
        fixed = {"object": "model", "created": 0, "owned_by": "senpai"}
        return {"object": "list", "data": [{"id": name, **fixed} for name in self.checkpoints]}

    def _swap(self, name: str) -> Response:
        self.swap_to(name)
        return JSONResponse(Swapped(current=self.current, previous=self.previous).model_dump())

    async def _stream(self, step: Say, model: str) -> AsyncIterator[str]:
        await self._pause(step.after_s)
        text = step.text[: len(step.text) // 2] if step.breaks else step.text
        for character in text:
            self.sent_at.append(time.time())
            yield _event(model, {"content": character}, None)
            if step.each_s:
                await self._pause(step.each_s)
            if character in "。！" and step.pause_s:
                await self._pause(step.pause_s)
        if not step.breaks:
            yield _event(model, {}, "stop")
            yield "data: [DONE]\n\n"

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            self.num_cancelled += 1
            self._asked.set()
            raise


def _event(model: str, delta: dict[str, str], finish_reason: str | None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    chunk = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": model, "choices": [choice]}
    return f"data: {json.dumps(chunk)}\n\n"


def _error(status: int, message: str, code: str | None) -> Response:
    headers = {"Retry-After": "1" if code == "loading" else "0"} if status in (429, 503) else {}
    return JSONResponse(error_body(message, "a_scripted_error", code), status_code=status, headers=headers)


def _app(worker: Worker) -> FastAPI:
    app = FastAPI()

    @app.middleware("http")
    async def only_when_loaded(request: Request, pass_on: RequestResponseEndpoint) -> Response:
        if worker.is_loading:
            return _error(503, "The model is being loaded.", "loading")
        return await pass_on(request)

    app.post("/v1/chat/completions")(worker.complete)
    app.get("/v1/models")(worker.models)
    app.post("/senpai/use")(worker.use)
    app.post("/senpai/rollback")(worker.rollback)
    app.get("/senpai/status")(worker.status)
    app.get("/metrics")(worker.metrics)
    return app


@asynccontextmanager
async def running() -> AsyncIterator[Worker]:
    """Run the stand-in on a free port."""
    worker = Worker()
    server = uvicorn.Server(uvicorn.Config(_app(worker), log_level="error", lifespan="off"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        worker.port = listening.getsockname()[1]
        task = asyncio.create_task(server._serve([listening]))
        try:
            yield worker
        finally:
            server.should_exit = server.force_exit = True
            await task


if __name__ == "__main__":  # a process of its own, to be killed: it echoes, after a while
    echo = Worker(echoes=True, script=[Say("", after_s=float(sys.argv[2]))])
    uvicorn.run(_app(echo), port=int(sys.argv[1]), log_level="error", lifespan="off")
