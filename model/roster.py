"""What is in memory and can answer: loads from the shelf, tries, keeps a few for a quick way back, releases the rest.

Knows the shelf, weights and the smoke prompt. Does not know requests, history or when ``current`` changes: it is told,
and never releases what is current to keep others.
"""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from model import loader
from model.base import Base, BaseError, resolve
from model.checkpoint import MANIFEST, Checkpoint, CheckpointError, Kind, is_name, verify
from model.conversation import Conversation, Role, Turn
from model.engine.cache import NotEnoughMemory
from model.engine.door import ChunkStream, Door
from model.engine.engine import WeightsInUse
from model.loader import LoaderError
from model.persona import PersonaError
from model.prompt import PromptError
from model.protocol import BASE_PREFIX
from model.sampling import Sampling
from model.served import Served
from model.shelf import Shelf
from model.weights import NoRoom, Weights

_KEPT_ADAPTERS = 4
_SMOKE_DEADLINE_S = 60
_SMOKE = Conversation((Turn(Role.USER, "こんにちは。"),))
_log = logging.getLogger(__name__)


class ServingError(Exception):
    """The checkpoint cannot serve; the message says why."""


class UnknownModel(ServingError):
    """No checkpoint of this name exists."""


class Refused(ServingError):
    """The checkpoint exists but must not or cannot serve; the old one keeps serving."""


class Roster:
    """The checkpoints and bases in memory. One change at a time; whoever calls holds the lock."""

    def __init__(self, shelf: Shelf, weights: Weights, door: Door, *, default_base: str) -> None:
        self.current: str | None = None
        self._shelf = shelf
        self._weights = weights
        self._door = door
        self._default_base = default_base
        self._served: dict[str, Served] = {}  # by name, asked for longest ago first
        self._leaving: list[Served] = []  # no longer found by name, but still answering

    @property
    def names(self) -> list[str]:
        """Return the names that answer without loading anything."""
        return sorted(self._served)

    @property
    def place(self) -> tuple[str, str]:
        """Return (device, quantization) of the current checkpoint."""
        return self._weights.place(self._served.get(self.current or ""))

    def get(self, name: str) -> Served | None:
        """Return what answers to ``name`` if it is in memory."""
        return self._served.get(name)

    def touch(self, name: str) -> None:
        """Remember that ``name`` was asked for just now."""
        if name in self._served:
            self._served[name] = self._served.pop(name)

    async def refresh(self, name: str) -> Served:
        """Return ``name`` as the shelf holds it now, loading what is missing. Raises ServingError or NoRoom."""
        old = self._served.get(name)
        if old is not None and not await asyncio.to_thread(self.is_outdated, old):
            return old
        if old is not None and name != self.current:
            await self.retire(old)
        try:
            with refusals():
                served = await self._load(name)
        except ServingError:
            await self._trim()  # a base that came for this checkpoint alone
            raise
        if old is not None and name == self.current:
            await self.retire(old)
        self._served[name] = served
        return served

    async def _load(self, name: str) -> Served:
        await self._trim()
        if name.startswith(BASE_PREFIX):
            return await self._load_base(name.removeprefix(BASE_PREFIX))
        checkpoint = await asyncio.to_thread(self.read, name)
        await asyncio.to_thread(self._shelf.require_consent, name)
        base = resolve(checkpoint.manifest.base)
        if checkpoint.manifest.kind is Kind.FULL:
            await self._make_room(loader.base_of(checkpoint))
        elif not self._weights.has(base):
            await asyncio.to_thread(verify, checkpoint)
            await self._make_room(base)
            self._served[f"{BASE_PREFIX}{base.name}"] = await self._weights.load_base(base)
        served = await self._weights.load(checkpoint, base)
        if failure := await self._smoke(served):
            await self.retire(served)
            raise Refused(f"{name} failed its smoke prompt and is not used: {failure}")
        return served

    async def prepare(self, name: str) -> None:
        """Do what loading ``name`` needs and can be done while others answer. Raises ServingError when it is broken."""
        with refusals():
            if name.startswith(BASE_PREFIX):
                base = resolve(name.removeprefix(BASE_PREFIX))
            else:
                checkpoint = await asyncio.to_thread(self.read, name)
                await asyncio.to_thread(verify, checkpoint)
                is_whole = checkpoint.manifest.kind is Kind.FULL
                base = loader.base_of(checkpoint) if is_whole else resolve(checkpoint.manifest.base)
            await self._weights.prepare(base)

    async def _make_room(self, base: Base) -> None:
        """Release what is neither current nor below it and does not answer, where ``base`` would not fit otherwise."""
        try:
            await asyncio.to_thread(self._weights.check_room, base)
        except NoRoom:
            current = self._served.get(self.current or "")
            await self.release_beside(current.runner if current else None)

    async def release_beside(self, runner: str | None) -> bool:
        """Release everything but what runs on ``runner``, adapters first; return whether nothing of it is left."""
        beside = [each for each in (*self._served.values(), *self._leaving) if each.runner != runner]
        is_done = [await self.release(each) for each in sorted(beside, key=lambda each: each.adapter is None)]
        return all(is_done)

    async def _trim(self) -> None:
        """Release what was asked for longest ago, beyond the few kept for a quick way back."""
        for served in list(self._leaving):
            await self.release(served)
        idle = [each for each in self._served.values() if each.adapter and each.name != self.current]
        for served in idle[: max(0, len(idle) - _KEPT_ADAPTERS + 1)]:
            await self.release(served)
        for served in [each for each in self._served.values() if self._is_spare(each)]:
            await self.release(served)

    def _is_spare(self, served: Served) -> bool:
        """Return whether a whole model is neither current nor below an adapter that is kept."""
        users = [each for each in (*self._served.values(), *self._leaving) if each.runner == served.runner]
        return served.adapter is None and served.name != self.current and users == [served]

    async def retire(self, served: Served) -> None:
        """Find it by name no more; release it now or once it has answered."""
        if self._served.get(served.name) is served:
            del self._served[served.name]
        if not await self.release(served):
            self._leaving.append(served)

    async def release(self, served: Served) -> bool:
        """Take it out of memory; return False when it still answers."""
        try:
            await self._weights.release(served)
        except WeightsInUse:
            _log.info("still answering checkpoint=%s", served.name)
            return False
        if self._served.get(served.name) is served:
            del self._served[served.name]
        if served in self._leaving:
            self._leaving.remove(served)
        _log.info("released checkpoint=%s", served.name)
        return True

    def read(self, name: str) -> Checkpoint:
        """Return a checkpoint of the shelf. Raises UnknownModel or Refused."""
        if not is_name(name) or not (self._shelf.folder / name).is_dir():
            names = ", ".join(checkpoint.name for checkpoint in self._shelf.list()) or "none yet"
            raise UnknownModel(f"There is no checkpoint {name!r}; on the shelf: {names}.")
        with refusals():
            return self._shelf.get(name)

    def is_outdated(self, served: Served) -> bool:
        """Return whether the shelf no longer holds what was loaded."""
        if served.checkpoint is None:
            return False
        is_there = (served.checkpoint.path / MANIFEST).is_file()
        return not is_there or self.read(served.name).manifest != served.checkpoint.manifest

    async def _load_base(self, name: str) -> Served:
        if name != self._default_base:
            names = [each for each in self.names if each.startswith(BASE_PREFIX)]
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


@contextmanager
def refusals() -> Iterator[None]:
    """Turn what shelf, loader and memory say into Refused."""
    try:
        yield
    except (CheckpointError, LoaderError, PersonaError, PromptError, NotEnoughMemory, BaseError) as error:
        raise Refused(str(error)) from error
