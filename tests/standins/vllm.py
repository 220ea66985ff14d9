"""vLLM's OpenAI-compatible server as its documentation and its sources describe it, without a model.

Knows the wire: model cards with adapters, LoRA doors, errors with a number as their code, the usage chunk. Does not
know the bot. Whatever is asked, it says the name of the model that was asked for.
"""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse

_EXTRAS = {"no_repeat_ngram_size", "deadline_s", "strength"}


@dataclass(slots=True)
class Vllm:
    """One base and the adapters that were loaded. ``forbids_extras`` is how releases before 0.6 took unknown fields."""

    base: str = "elyza-7b"
    max_lora_rank: int = 16
    max_model_len: int = 200
    forbids_extras: bool = False
    allows_updating: bool = True
    adapters: dict[str, str] = field(default_factory=dict)
    requests: list[dict[str, Any]] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        """For SENPAI_WORKER_URL."""
        return f"http://127.0.0.1:{self.port}"

    async def models(self) -> dict[str, Any]:
        """GET /v1/models."""
        cards = [{"id": self.base, "root": self.base, "parent": None, "max_model_len": self.max_model_len}]
        cards += [{"id": name, "root": path, "parent": self.base} for name, path in self.adapters.items()]
        fixed = {"object": "model", "created": 0, "owned_by": "vllm", "permission": []}
        return {"object": "list", "data": [{**card, **fixed} for card in cards]}

    async def complete(self, request: Request) -> Response:
        """POST /v1/chat/completions."""
        body = await request.json()
        self.requests.append(body)
        if self.forbids_extras and (extra := _EXTRAS & body.keys()):
            return _error(400, f"[{{'type': 'extra_forbidden', 'loc': ('body', '{min(extra)}')}}]", "BadRequestError")
        name = body["model"]
        if name != self.base and name not in self.adapters:
            return _error(404, f"The model `{name}` does not exist.", "NotFoundError", "model")
        length = sum(len(message["content"]) for message in body["messages"])
        if length > self.max_model_len:
            message = (
                f"This model's maximum context length is {self.max_model_len} tokens. However, you requested more."
            )
            return _error(400, message, "BadRequestError")
        return StreamingResponse(_answer(name, body), media_type="text/event-stream")

    async def load(self, request: Request) -> Response:
        """POST /v1/load_lora_adapter."""
        if not self.allows_updating:
            return JSONResponse({"detail": "Not Found"}, 404)
        body = await request.json()
        name, path = body.get("lora_name"), Path(body.get("lora_path") or "")
        if not name or not body.get("lora_path"):
            return _error(400, "Both 'lora_name' and 'lora_path' must be provided.", "InvalidUserInput")
        if name in self.adapters:
            return _error(400, f"The lora adapter '{name}' has already been loaded.", "InvalidUserInput")
        if not (path / "adapter_config.json").is_file():
            return _error(404, f"Loading lora {name} failed: No adapter found for {path}", "NotFoundError")
        config = json.loads((path / "adapter_config.json").read_text(encoding="utf-8"))
        if config.get("use_dora"):
            return _error(500, "vLLM does not yet support DoRA.", "InternalServerError")
        if config.get("r", 8) > self.max_lora_rank:
            message = f"LoRA rank {config['r']} is greater than max_lora_rank {self.max_lora_rank}."
            return _error(500, message, "InternalServerError")
        self.adapters[name] = str(path)
        return PlainTextResponse(f"Success: LoRA adapter '{name}' added successfully.")

    async def unload(self, request: Request) -> Response:
        """POST /v1/unload_lora_adapter."""
        name = (await request.json()).get("lora_name")
        if name not in self.adapters:
            return _error(404, f"The lora adapter '{name}' cannot be found.", "NotFoundError")
        del self.adapters[name]
        return PlainTextResponse(f"Success: LoRA adapter '{name}' removed successfully.")

    async def metrics(self) -> PlainTextResponse:
        """GET /metrics."""
        gauges = {"running": 3.0, "waiting": 2.0}
        lines = [
            f'# TYPE vllm:num_requests_{name} gauge\nvllm:num_requests_{name}{{model_name="{self.base}"}} {value}\n'
            for name, value in gauges.items()
        ]
        return PlainTextResponse("".join(lines))


async def _answer(model: str, body: dict[str, Any]) -> AsyncIterator[str]:
    fixed = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 0, "model": model}
    pieces = [model[at : at + 2] for at in range(0, len(model), 2)]
    for delta in ({"role": "assistant", "content": ""}, *({"content": piece} for piece in pieces)):
        yield _event({**fixed, "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": None}]})
        await asyncio.sleep(0)
    end = {"index": 0, "delta": {"content": ""}, "logprobs": None, "finish_reason": "stop", "stop_reason": None}
    yield _event({**fixed, "choices": [end]})
    if body.get("stream_options", {}).get("include_usage"):
        usage = {"prompt_tokens": 9, "completion_tokens": len(pieces), "total_tokens": 9 + len(pieces)}
        yield _event({**fixed, "choices": [], "usage": usage})
    yield "data: [DONE]\n\n"


def _event(body: dict[str, Any]) -> str:
    return f"data: {json.dumps(body)}\n\n"


def _error(status: int, message: str, kind: str, param: str | None = None) -> JSONResponse:
    return JSONResponse({"error": {"message": message, "type": kind, "param": param, "code": status}}, status)


@asynccontextmanager
async def running() -> AsyncIterator[Vllm]:
    """Run the stand-in on a free port."""
    vllm, app = Vllm(), FastAPI()
    app.get("/v1/models")(vllm.models)
    app.get("/metrics")(vllm.metrics)
    for path, act in (
        ("/v1/chat/completions", vllm.complete),
        ("/v1/load_lora_adapter", vllm.load),
        ("/v1/unload_lora_adapter", vllm.unload),
    ):
        app.add_api_route(path, act, methods=["POST"], response_model=None)
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        vllm.port = listening.getsockname()[1]
        task = asyncio.create_task(server._serve([listening]))
        try:
            yield vllm
        finally:
            server.should_exit = server.force_exit = True
            await task
