"""Which checkpoints answer and which one is current: load beside, try, flip, roll back.

Knows the shelf and what is in memory. Does not know how weights are loaded, or HTTP.
Invariants:
- ``current`` changes only after the new checkpoint was verified, loaded beside the old one and answered a smoke prompt
- the shelf's ``current`` is written before this one flips, so a restart serves what was promised
- one change at a time; answering never waits for it
"""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from model.base import BaseError, resolve
from model.checkpoint import MANIFEST, Checkpoint, CheckpointError, Gate, Kind, verify
from model.conversation import Conversation, Role, Turn
from model.engine.cache import NotEnoughMemory
from model.engine.door import ChunkStream, Door
from model.engine.engine import WeightsInUse
from model.loader import LoaderError
from model.persona import PersonaError
from model.prompt import PromptError
from model.protocol import BASE_PREFIX, CURRENT, Swapped
from model.sampling import Sampling
from model.served import Served
from model.shelf import Shelf
from model.weights import Weights

_KEPT_ADAPTERS = 4
_SMOKE_DEADLINE_S = 60
_SMOKE = Conversation((Turn(Role.USER, "こんにちは。"),))
_LOADING = "The worker is still loading its model: try again in a moment."
_log = logging.getLogger(__name__)


class ServingError(Exception):
    """The checkpoint cannot serve; the message says why."""


class UnknownModel(ServingError):
    """No checkpoint of this name exists."""


class Refused(ServingError):
    """The checkpoint exists but must not or cannot serve; the old one keeps serving."""


class NotReady(ServingError):
    """Nothing is loaded yet."""


class Serving:
    """The checkpoints that answer. Lives on the event loop.

    ``default_base`` answers where the shelf has no current checkpoint.
    """

    def __init__(self, shelf: Shelf, weights: Weights, door: Door, *, default_base: str) -> None:
        self.swapping: str | None = None
        self._shelf = shelf
        self._weights = weights
        self._door = door
        self._default_base = default_base
        self._current: str | None = None
        self._served: dict[str, Served] = {}  # by name, asked for longest ago first
        self._leaving: list[Served] = []  # no longer found by name, but still answering
        self._change = asyncio.Lock()

    @property
    def current(self) -> str:
        """Return the name of what answers now. Raises NotReady before there is something."""
        if self._current is None:
            raise NotReady(_LOADING)
        return self._current

    @property
    def is_ready(self) -> bool:
        """Return whether something is current."""
        return self._current is not None

    @property
    def loaded(self) -> list[str]:
        """Return the names that answer without loading anything."""
        return sorted(self._served)

    @property
    def place(self) -> tuple[str, str]:
        """Return (device, quantization) of the current checkpoint."""
        return self._weights.place(self._served.get(self._current or ""))

    async def names(self) -> list[str]:
        """Return what can be asked for: bare bases, checkpoints in memory, and those of the shelf."""
        on_shelf = await asyncio.to_thread(self._shelf.list)
        return sorted({*self.loaded, *(checkpoint.name for checkpoint in on_shelf)})

    def is_on_shelf(self, folder: Path, name: str) -> bool:
        """Return whether ``folder`` is where the shelf keeps ``name``."""
        shelf = self._shelf.folder.resolve()
        return folder.resolve() == shelf / name and folder.resolve().parent == shelf

    async def start(self, checkpoint: str | None) -> None:
        """Load what answers first: ``checkpoint``, the shelf's current one, or the bare base. Raises ServingError."""
        wanted = checkpoint or await asyncio.to_thread(self._shelf.current) or f"{BASE_PREFIX}{self._default_base}"
        self._current = (await self._load_once(wanted)).name
        _log.info("serving checkpoint=%s", wanted)

    async def find(self, model: str) -> Served:
        """Return what answers for ``model``, loading it when it is on the shelf. Raises ServingError."""
        name = self.current if model == CURRENT else model
        served = self._served.get(name)
        if served is None or (name != self.current and await asyncio.to_thread(self._is_outdated, served)):
            served = await self._load_once(name)
        if name in self._served:
            self._served[name] = self._served.pop(name)
        return served

    async def use(self, name: str, *, who: str, force: bool) -> Swapped:
        """Make ``name`` current. Raises ServingError, and then whatever was current still is."""
        checkpoint = await asyncio.to_thread(self._read, name)
        if checkpoint.manifest.gate is Gate.FAILED and not force:
            raise Refused(f"{name} failed its gate: read its report, then use it with force.")
        await self._load_once(name)
        return await self._flip(name, partial(self._shelf.use, name, who=who, force=force))

    async def rollback(self, *, who: str) -> Swapped:
        """Return to the checkpoint before. Raises ServingError, and then whatever was current still is."""
        with _refusals():
            name, before = await asyncio.to_thread(partial(self._shelf.rollback, who=who))
        try:
            await self._load_once(name)
        except ServingError:
            await asyncio.to_thread(partial(self._shelf.use, before, who=who, force=True))
            raise
        return await self._flip(name, lambda: before)

    async def unload(self, name: str) -> None:
        """Take a checkpoint out of memory. Raises UnknownModel, or Refused while it is current or answering."""
        async with self._change:
            if name not in self._served:
                raise UnknownModel(f"{name!r} is not loaded; loaded are: {', '.join(self.loaded)}.")
            if name == self._current:
                raise Refused(f"{name} is current: use another checkpoint first.")
            if not await self._release(self._served[name]):
                raise Refused(f"{name} is still answering: try again in a moment.")

    async def _flip(self, name: str, record: Callable[[], str | None]) -> Swapped:
        """Write down that ``name`` is current, then let it answer."""
        async with self._change:
            with _refusals():
                await asyncio.to_thread(record)
            previous, self._current = self._current, name
        _log.info("swapped current=%s previous=%s", name, previous)
        return Swapped(current=name, previous=previous)

    async def _load_once(self, name: str) -> Served:
        """Return ``name`` from memory, or load and try it when it is not there or has changed on disk."""
        async with self._change:
            self.swapping = name
            try:
                return await self._refresh(name)
            finally:
                self.swapping = None

    async def _refresh(self, name: str) -> Served:
        old = self._served.get(name)
        if old is not None and not await asyncio.to_thread(self._is_outdated, old):
            return old
        if old is not None and name != self._current:
            await self._retire(old)
        with _refusals():
            served = await self._load(name)
        if old is not None and name == self._current:
            await self._retire(old)
        self._served[name] = served
        return served

    async def _load(self, name: str) -> Served:
        if name.startswith(BASE_PREFIX):
            return await self._load_base(name.removeprefix(BASE_PREFIX))
        checkpoint = await asyncio.to_thread(self._read, name)
        await asyncio.to_thread(verify, checkpoint)
        await self._trim()
        base = resolve(checkpoint.manifest.base)
        if checkpoint.manifest.kind is Kind.ADAPTER and not self._weights.has(base):
            self._served[f"{BASE_PREFIX}{base.name}"] = await self._weights.load_base(base)
        served = await self._weights.load(checkpoint, base)
        if failure := await self._smoke(served):
            await self._retire(served)
            raise Refused(f"{name} failed its smoke prompt and is not used: {failure}")
        return served

    async def _load_base(self, name: str) -> Served:
        if name != self._default_base:
            names = [each for each in self.loaded if each.startswith(BASE_PREFIX)]
            raise UnknownModel(f"No base {name!r} is loaded; loaded are: {', '.join(names)}.")
        return await self._weights.load_base(resolve(name))

    async def _smoke(self, served: Served) -> str | None:
        """Let it answer one prompt beside everybody else's; return what went wrong, None when it can answer."""
        chunks = ChunkStream()
        sequence = served.sequence(_SMOKE, Sampling(max_tokens=8, temperature=0), author="", emit=chunks.emit)
        try:
            async with asyncio.timeout(_SMOKE_DEADLINE_S):
                await self._door.call(lambda engine: engine.put(sequence))
                last = [chunk async for chunk in chunks][-1]
        except TimeoutError:
            return f"no answer within {_SMOKE_DEADLINE_S} s."
        finally:
            self._door.cancel(sequence)
        return (
            None if last.finish_reason in ("stop", "length") else last.error or f"it ended with {last.finish_reason}."
        )

    async def _trim(self) -> None:
        """Release what was asked for longest ago, beyond the few kept for a quick way back."""
        for served in list(self._leaving):
            if await self._release(served):
                self._leaving.remove(served)
        idle = [each for each in self._served.values() if each.adapter and each.name != self._current]
        for served in idle[: max(0, len(idle) - _KEPT_ADAPTERS + 1)]:
            await self._release(served)
        for served in [each for each in self._served.values() if self._is_spare(each)]:
            await self._release(served)

    def _is_spare(self, served: Served) -> bool:
        """Return whether a whole model is neither current nor below an adapter that is kept."""
        users = [each for each in (*self._served.values(), *self._leaving) if each.runner == served.runner]
        return served.adapter is None and served.name != self._current and users == [served]

    async def _retire(self, served: Served) -> None:
        """Find it by name no more; release it now or once it has answered."""
        if self._served.get(served.name) is served:
            del self._served[served.name]
        if not await self._release(served):
            self._leaving.append(served)

    async def _release(self, served: Served) -> bool:
        """Take it out of memory; return False when it still answers."""
        try:
            await self._weights.release(served)
        except WeightsInUse:
            _log.info("still answering checkpoint=%s", served.name)
            return False
        if self._served.get(served.name) is served:
            del self._served[served.name]
        _log.info("released checkpoint=%s", served.name)
        return True

    def _read(self, name: str) -> Checkpoint:
        """Return a checkpoint of the shelf. Raises UnknownModel or Refused."""
        folder = self._shelf.folder / name
        if folder.parent != self._shelf.folder or not folder.is_dir():
            names = ", ".join(checkpoint.name for checkpoint in self._shelf.list()) or "none yet"
            raise UnknownModel(f"There is no checkpoint {name!r}; on the shelf: {names}.")
        with _refusals():
            return self._shelf.get(name)

    def _is_outdated(self, served: Served) -> bool:
        """Return whether the shelf no longer holds what was loaded."""
        if served.checkpoint is None:
            return False
        is_there = (served.checkpoint.path / MANIFEST).is_file()
        return not is_there or self._read(served.name).manifest != served.checkpoint.manifest


@contextmanager
def _refusals() -> Iterator[None]:
    """Turn what shelf, loader and memory say into Refused."""
    try:
        yield
    except (CheckpointError, LoaderError, PersonaError, PromptError, NotEnoughMemory, BaseError) as error:
        raise Refused(str(error)) from error
