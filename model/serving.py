"""Which checkpoints answer and which one is current: load beside, try, flip, roll back.

Knows the shelf and who is on the roster. Does not know how weights are loaded, or HTTP.
Invariants:
- ``current`` changes only after the new checkpoint was verified, loaded and answered a smoke prompt
- the shelf's ``current`` is written before this one flips, so a restart serves what was promised
- one change at a time; answering never waits for it, except where both models do not fit into memory: then everybody
  finishes first, new requests are told to come back, and the old one returns when the new one fails
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

from model.checkpoint import Gate, is_name
from model.engine.door import Door
from model.protocol import BASE_PREFIX, CURRENT, CheckpointCard, Swapped
from model.roster import Refused, Roster, ServingError, UnknownModel, refusals
from model.served import Served
from model.shelf import Shelf
from model.weights import NoRoom, Weights

_DRAIN_S = 150.0
"""Longer than a request that names no deadline may run; until then nobody's answer is cut for a swap."""
_POLL_S = 0.02
_LOADING = "The worker is still loading its model: try again in a moment."
_log = logging.getLogger(__name__)


class NotReady(ServingError):
    """Nothing is loaded yet."""


class Swapping(NotReady):
    """The old model is leaving and the new one is not there yet."""


def _log_loss(error: BaseException) -> None:
    _log.error("nothing is left to serve", exc_info=error)


class Serving:
    """The checkpoints that answer. Lives on the event loop.

    ``default_base`` answers where the shelf has no current checkpoint. ``on_lost`` is told when a swap failed and the
    old model did not come back either. ``drain_s`` is how long running answers may take before an exchange gives up.
    """

    def __init__(
        self,
        shelf: Shelf,
        weights: Weights,
        door: Door,
        *,
        default_base: str,
        on_lost: Callable[[BaseException], None] = _log_loss,
        drain_s: float = _DRAIN_S,
    ) -> None:
        self.swapping: str | None = None
        self._on_lost = on_lost
        self._drain_s = drain_s
        self._is_closed = False
        self._shelf = shelf
        self._door = door
        self._default_base = default_base
        self._roster = Roster(shelf, weights, door, default_base=default_base)
        self._change = asyncio.Lock()

    @property
    def current(self) -> str:
        """Return the name of what answers now. Raises NotReady before there is something."""
        if self._roster.current is None:
            raise NotReady(_LOADING)
        return self._roster.current

    @property
    def is_ready(self) -> bool:
        """Return whether something is current."""
        return self._roster.current is not None

    @property
    def loaded(self) -> list[str]:
        """Return the names that answer without loading anything."""
        return self._roster.names

    @property
    def place(self) -> tuple[str, str]:
        """Return (device, quantization) of the current checkpoint."""
        return self._roster.place

    async def names(self) -> list[str]:
        """Return what can be asked for: bare bases, checkpoints in memory, and those of the shelf."""
        on_shelf = await asyncio.to_thread(self._shelf.list)
        return sorted({*self.loaded, *(checkpoint.name for checkpoint in on_shelf)})

    async def card(self, name: str) -> CheckpointCard:
        """Describe a checkpoint, in memory or not; ``current`` is one that answers now. Raises ServingError."""
        name = self.current if name == CURRENT else name
        served = self._roster.get(name)
        checkpoint = served.checkpoint if served else await asyncio.to_thread(self._roster.read, name)
        if checkpoint is None:
            return CheckpointCard(checkpoint=name)
        with refusals():
            persona, consent = await asyncio.to_thread(lambda: (checkpoint.persona(), checkpoint.consent()))
        return CheckpointCard(checkpoint=name, persona=persona, consent=consent)

    def is_on_shelf(self, folder: Path, name: str) -> bool:
        """Return whether ``folder`` is where the shelf keeps ``name``."""
        try:
            return is_name(name) and folder.resolve() == self._shelf.folder.resolve() / name
        except (ValueError, OSError):  # no path at all: too long, or with a NUL in it
            return False

    async def start(self, checkpoint: str | None) -> None:
        """Load what answers first: ``checkpoint``, the shelf's current one, or the bare base. Raises ServingError."""
        wanted = checkpoint or await asyncio.to_thread(self._shelf.current) or f"{BASE_PREFIX}{self._default_base}"
        self._roster.current = (await self._load_once(wanted)).name
        _log.info("serving checkpoint=%s", wanted)

    def check_open(self) -> str:
        """Return the name of what answers. Raises NotReady before there is something, and Swapping meanwhile."""
        if self._is_closed:
            raise Swapping(f"The worker is changing to {self.swapping}: try again in a moment.")
        return self.current

    async def find(self, model: str) -> Served:
        """Return what answers for ``model``, loading it when it is on the shelf. Raises ServingError."""
        self.check_open()
        name = self.current if model == CURRENT else model
        served = self._roster.get(name)
        if served is None or (name != self.current and await asyncio.to_thread(self._roster.is_outdated, served)):
            served = await self._load_once(name)
        self._roster.touch(name)
        return served

    async def use(self, name: str, *, who: str, force: bool) -> Swapped:
        """Make ``name`` current. Raises ServingError, and then whatever was current still is."""
        checkpoint = await asyncio.to_thread(self._roster.read, name)
        if checkpoint.manifest.gate is Gate.FAILED and not force:
            reason = checkpoint.manifest.why_failed()
            raise Refused(f"{name} failed its gate on {reason}: read its report, then use it with force.")
        with refusals():
            await asyncio.to_thread(self._shelf.require_consent, name)
        async with self._changing_to(name):
            return await self._change_to(name, partial(self._shelf.use, name, who=who, force=force))

    async def rollback(self, *, who: str) -> Swapped:
        """Return to the checkpoint before. Raises ServingError, and then whatever was current still is."""
        with refusals():
            name = await asyncio.to_thread(self._shelf.earlier)
            await asyncio.to_thread(self._shelf.require_consent, name)
        async with self._changing_to(name):
            return await self._change_to(name, partial(self._shelf.use, name, who=who, force=True))

    async def unload(self, name: str) -> None:
        """Take a checkpoint out of memory. Raises UnknownModel, or Refused while it is current or answering."""
        async with self._change:
            served = self._roster.get(name)
            if served is None:
                raise UnknownModel(f"{name!r} is not loaded; loaded are: {', '.join(self.loaded)}.")
            if name == self._roster.current:
                raise Refused(f"{name} is current: use another checkpoint first.")
            if not await self._roster.release(served):
                raise Refused(f"{name} is still answering: try again in a moment.")

    async def forget(self, name: str) -> None:
        """Let ``name`` answer no more; the bare base takes its place. What it is saying now, it says to the end.

        Raises ServingError when the base cannot be loaded.
        """
        base = f"{BASE_PREFIX}{self._default_base}"
        if name == self._roster.current:
            async with self._changing_to(base):
                await self._change_to(base, lambda: None)
        async with self._change:
            if served := self._roster.get(name):
                await self._roster.retire(served)

    @asynccontextmanager
    async def _changing_to(self, name: str) -> AsyncIterator[None]:
        """Hold every other change off, and say meanwhile what is coming."""
        async with self._change:
            self.swapping = name
            try:
                yield
            finally:
                self.swapping = None

    async def _change_to(self, name: str, record: Callable[[], object]) -> Swapped:
        """Load ``name`` beside the current one, or in its place where both do not fit; write it down; flip."""
        previous = self._roster.current
        begun_at = time.monotonic()
        try:
            await self._roster.refresh(name)
            await self._record(record)
        except NoRoom as error:
            _log.info("exchanging current=%s for=%s reason=%s", previous, name, error)
            await self._exchange(name, record)
        self._roster.current = name
        _log.info("swapped current=%s previous=%s seconds=%.2f", name, previous, time.monotonic() - begun_at)
        return Swapped(current=name, previous=previous)

    async def _exchange(self, name: str, record: Callable[[], object]) -> None:
        """Let the old model go before the new one comes; bring it back when anything fails.

        What can be done or known to be broken beforehand is, before anybody has to wait.
        """
        await self._roster.prepare(name)
        self._is_closed = True
        try:
            async with AsyncExitStack() as way_back:
                way_back.push_async_callback(self._bring_back, self.current)
                await self._drain()
                try:
                    await self._roster.refresh(name)
                except NoRoom as error:
                    raise Refused(str(error)) from error
                await self._record(record)
                way_back.pop_all()
        finally:
            self._is_closed = False

    async def _drain(self) -> None:
        """Wait until everybody has an answer, then take everything out of memory. Raises Refused after too long."""
        end = time.monotonic() + self._drain_s
        while not await self._empty():
            if time.monotonic() > end:
                raise Refused(f"After {self._drain_s:.0f} s somebody is still being answered: try again later.")
            await asyncio.sleep(_POLL_S)

    async def _empty(self) -> bool:
        """Release everything unless somebody is being answered; return whether nothing is left."""
        if (self._door.stats.waiting, self._door.stats.running) != (0, 0):
            return False
        return await self._roster.release_beside(None)

    async def _bring_back(self, name: str) -> None:
        """Let ``name`` answer again after a failed exchange; tell ``on_lost`` when even that fails."""
        try:
            old = self._roster.get(name)
            await self._roster.release_beside(old.runner if old else None)
            await self._roster.refresh(name)
            _log.info("brought back checkpoint=%s", name)
        except (ServingError, NoRoom) as error:
            self._roster.current = None
            self._on_lost(error)

    async def _record(self, record: Callable[[], object]) -> None:
        with refusals():
            await asyncio.to_thread(record)

    async def _load_once(self, name: str) -> Served:
        """Return ``name`` from memory, or load and try it when it is not there or has changed on disk."""
        async with self._change:
            try:
                return await self._roster.refresh(name)
            except NoRoom as error:
                raise Refused(str(error)) from error
