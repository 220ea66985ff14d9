"""The door between the event loop and the one thread that owns the engine and every tensor.

Knows threads and futures. Does not know what the work is about.
"""

import asyncio
import logging
import queue
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import TypeVar

from model.engine.engine import Engine, Stats
from model.engine.sequence import Chunk, Sequence

_log = logging.getLogger(__name__)
_BROKEN_STEP = "The engine failed and dropped what it was doing: ask again, and see the worker's log."
T = TypeVar("T")


class Door:
    """Runs ``engine`` on a thread of its own; between two steps it does what was asked for here."""

    def __init__(self, engine: Engine) -> None:
        self.stats = Stats(0, 0)
        self._engine = engine
        self._inbox: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._is_open = False
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._is_open = True
        self._thread.start()

    def stop(self) -> None:
        """End every sequence and the thread; returns when the last step is over."""
        self._inbox.put(self._close)
        self._thread.join()

    async def call(self, work: Callable[[Engine], T]) -> T:
        """Run ``work`` between two steps and return its result, or raise what it raised."""
        future: Future[T] = Future()
        self._inbox.put(lambda: self._answer(future, work))
        return await asyncio.wrap_future(future)

    async def submit(self, sequence: Sequence) -> None:
        """Queue a sequence. Raises what ``Engine.submit`` raises."""
        await self.call(lambda engine: engine.submit(sequence))

    def cancel(self, sequence: Sequence) -> None:
        """End ``sequence`` before the next step, if it has not ended."""
        self._inbox.put(lambda: self._engine.cancel(sequence))

    def _run(self) -> None:
        while self._is_open:
            self._empty_inbox()
            self._attempt(self._engine.step, self._drop_all)
            self.stats = self._engine.stats()

    def _empty_inbox(self) -> None:
        """Do what was asked; wait for something when there is no step to make."""
        while not self._inbox.empty() or (self._is_open and not self._engine.has_work()):
            self._inbox.get()()
            self.stats = self._engine.stats()

    def _answer(self, future: "Future[T]", work: Callable[[Engine], T]) -> None:
        if future.set_running_or_notify_cancel():
            self._attempt(lambda: future.set_result(work(self._engine)), future.set_exception)

    def _close(self) -> None:
        self._is_open = False
        self._engine.cancel_all()

    def _drop_all(self, error: Exception) -> None:
        _log.error("step failed", exc_info=error)
        self._engine.fail_all(_BROKEN_STEP)

    @staticmethod
    def _attempt(work: Callable[[], None], on_error: Callable[[Exception], None]) -> None:
        try:
            work()
        except Exception as error:  # boundary: whatever went wrong, the thread lives on and whoever asked is told
            on_error(error)


class ChunkStream:
    """Chunks on their way from the engine's thread to one task of the event loop. Create it inside the loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._chunks: asyncio.Queue[Chunk] = asyncio.Queue()

    def emit(self, chunk: Chunk) -> None:
        """Hand a chunk over; called on the engine's thread."""
        with suppress(RuntimeError):  # a closed loop: nobody listens any more
            self._loop.call_soon_threadsafe(self._chunks.put_nowait, chunk)

    async def __aiter__(self) -> AsyncIterator[Chunk]:
        """Yield chunks up to and including the last one."""
        while True:
            chunk = await self._chunks.get()
            yield chunk
            if chunk.is_last:
                return
