"""A worker on a port of its own for the length of a test, and the oracle that knows what it must answer.

Knows tiny models in a home folder. Does not know what the tests ask.
"""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from model import loader, prompt
from model.base import resolve
from model.checkpoint import Gate
from model.conversation import Conversation
from model.engine.detokeniser import Detokeniser
from model.engine.reference import Completion, complete
from model.sampling import Sampling
from model.served import end_tokens
from model.shelf import Shelf
from model.worker import WorkerConfig, create_app, listen
from tests.model.tiny import save_tiny_adapter, save_tiny_base

FAILED_GATE = "mada"


def make_home(folder: Path) -> Path:
    """Lay out a base and four checkpoints: aoi, ren and yui passed their gates, mada did not."""
    base = save_tiny_base(folder / "base")
    for seed, name in enumerate(("aoi", "ren", "yui", FAILED_GATE), start=1):
        gate = Gate.FAILED if name == FAILED_GATE else Gate.PASSED
        failed = ("G1",) if name == FAILED_GATE else ()
        (folder / "checkpoints").mkdir(exist_ok=True)
        save_tiny_adapter(folder / "checkpoints" / name, base, name=name, seed=seed, gate=gate, gate_failed=failed)
    return folder


def config_for(home: Path, base: Path, **fields: Any) -> WorkerConfig:
    """Return a config in fp32, so that tokens are the oracle's."""
    return WorkerConfig(**{"home": home, "base": str(base), "quantization": "none", "device": "cpu", **fields})


@contextmanager
def running(config: WorkerConfig) -> Iterator[str]:
    """Run a worker in a thread and yield its url once it listens."""
    server = uvicorn.Server(uvicorn.Config(create_app(config), log_config=None, timeout_graceful_shutdown=2))
    listener = listen(config.host, config.port)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])))
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


@contextmanager
def ready(config: WorkerConfig) -> Iterator[httpx.Client]:
    """Run a worker and yield a client once it can answer."""
    with running(config) as url, httpx.Client(base_url=url, timeout=60) as client:
        until(lambda: client.get("/readyz").status_code == 200)
        yield client


def until(is_so: Any, seconds: float = 30) -> None:
    """Wait for something to become true."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "It did not happen in time."
        time.sleep(0.02)


def chat(text: str, **fields: Any) -> dict[str, Any]:
    """Return the body of a request that says ``text``."""
    return {"messages": [{"role": "user", "content": text}], **fields}


@dataclass
class Oracle:
    """Answers as each checkpoint alone would, one request at a time, without the engine."""

    home: Path
    base: Path
    _loaded: Any = None
    _attached: set[str] = field(default_factory=set)

    def answer(self, model: str, body: dict[str, Any]) -> Completion:
        """Return what ``model`` must answer to ``body``."""
        if self._loaded is None:
            self._loaded = loader.load_base(resolve(str(self.base)), quantization="none", device="cpu")
        is_bare = model.startswith("base:")
        if not is_bare and model not in self._attached:
            loader.attach(self._loaded, Shelf(self.home).get(model), adapter_name=model)
            self._attached.add(model)
        tokenizer = self._loaded.tokenizer
        sampling = Sampling.model_validate({name: body[name] for name in Sampling.model_fields if name in body})
        decode = partial(tokenizer.decode, skip_special_tokens=True)
        return complete(
            self._loaded.model,
            tuple(prompt.encode(tokenizer, Conversation.from_messages(body["messages"]))),
            sampling,
            detokeniser=Detokeniser(decode, (*prompt.stop_strings(tokenizer), *sampling.stop)),
            end_tokens=end_tokens(tokenizer, self._loaded.model),
            adapter=None if is_bare else model,
        )
