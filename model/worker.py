"""The worker: one process, one engine, OpenAI's chat API over HTTP and a few doors beside it.

Knows routes, status codes and how the process starts and ends. Does not know platforms, authors or tensors.
"""

import asyncio
import json
import logging
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from model import auth
from model.body import BodyLimit
from model.engine.door import Door
from model.engine.engine import Engine
from model.engine.kernel import compiled
from model.files import write_beside
from model.loader import Quantization, computes_on_cpu
from model.metrics import Metrics
from model.protocol import ADDRESS_FILE
from model.refusals import add_error_forms
from model.routes import Routes
from model.serving import Serving
from model.shelf import Shelf
from model.weights import Placement, Weights

_SHUTDOWN_S = 5
_log = logging.getLogger(__name__)


class WorkerError(Exception):
    """The worker cannot start; the message says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerConfig:
    """Where the worker listens and what it serves. ``port`` 0 takes a free one; see ``worker.json`` in ``home``.

    ``max_bytes`` bounds what models may take together; None leaves it to what the machine has free. In
    ``kernel_folder`` the engine's own kernel for a CPU is compiled; None goes without it.
    Raises WorkerError for an address that others can reach without a key.
    """

    home: Path
    host: str = "127.0.0.1"
    port: int = 0
    checkpoint: str | None = None
    quantization: Quantization = "4bit"
    device: str = "auto"
    key: str | None = field(default=None, repr=False)
    base: str = "mini"
    max_waiting: int = 64
    max_bytes: int | None = None
    kernel_folder: Path | None = None

    def __post_init__(self) -> None:
        if not self.key and not auth.is_loopback(self.host):
            raise WorkerError(f"{self.host} can be reached from other machines: set SENPAI_WORKER_KEY first.")


def serve(config: WorkerConfig) -> None:
    """Serve until SIGTERM or SIGINT. Raises WorkerError or ServingError when it cannot."""
    with listen(config.host, config.port) as listener:
        asyncio.run(_serve(config, listener))


def listen(host: str, port: int) -> socket.socket:
    """Bind the address. Raises WorkerError when it is taken or not ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise WorkerError(
            f"Cannot listen on {host}:{port} ({error.strerror}): stop what uses it or choose another port."
        ) from None
    return listener


def _log_failure(error: BaseException) -> None:
    _log.error("cannot serve", exc_info=error)


def create_app(config: WorkerConfig, *, on_failure: Callable[[BaseException], None] = _log_failure) -> FastAPI:
    """Build the application. Once started it loads its model, and tells ``on_failure`` when it cannot."""
    metrics = Metrics(CollectorRegistry())
    door = Door(Engine(max_waiting=config.max_waiting, on_step=metrics.count_step))
    metrics.watch(lambda: door.stats)
    placement = Placement(
        quantization=config.quantization,
        device=config.device,
        bases_dir=config.home / "bases",
        max_bytes=config.max_bytes,
        kernel=compiled(config.kernel_folder) if config.kernel_folder and computes_on_cpu(config.device) else None,
    )
    weights = Weights(placement, door)
    serving = Serving(Shelf(config.home), weights, door, default_base=config.base, on_lost=on_failure)

    def loaded(task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and (error := task.exception()):
            on_failure(error)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        door.start()
        loading = asyncio.create_task(serving.start(config.checkpoint))
        loading.add_done_callback(loaded)
        yield
        loading.cancel()
        await asyncio.to_thread(door.stop)

    app = FastAPI(title="senpai worker", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(BodyLimit)
    app.add_middleware(auth.Gatekeeper, host=config.host, key=config.key)
    app.include_router(Routes(serving, door, metrics).router())
    add_error_forms(app)
    return app


async def _serve(config: WorkerConfig, listener: socket.socket) -> None:
    failures: list[BaseException] = []

    def stop(*_: object) -> None:
        server.should_exit = True

    def give_up(error: BaseException) -> None:
        failures.append(error)
        stop()

    app = create_app(config, on_failure=give_up)
    options = uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=_SHUTDOWN_S)
    server = uvicorn.Server(options)
    for number in (signal.SIGTERM, signal.SIGINT):  # uvicorn raises them again once it has stopped
        signal.signal(number, stop)
    with _announced(config, listener):
        await server.serve(sockets=[listener])
    if failures:
        raise failures[0]


@contextmanager
def _announced(config: WorkerConfig, listener: socket.socket) -> Iterator[None]:
    """Keep ``worker.json`` in ``home`` while the worker listens: its url and process id."""
    url = f"http://{_reachable(config.host)}:{listener.getsockname()[1]}"
    path = config.home / ADDRESS_FILE
    config.home.mkdir(parents=True, exist_ok=True)
    write_beside(path, json.dumps({"url": url, "pid": os.getpid()}))
    _log.info("listening url=%s", url)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _reachable(host: str) -> str:
    """Return the name under which this machine reaches what listens on ``host``."""
    if host in ("0.0.0.0", "::"):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
