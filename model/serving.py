"""Which checkpoints are in memory and which one is current: load beside, try, flip, roll back.

Knows the shelf, the loader and the engine's door. Does not know HTTP.
Invariants:
- ``current`` changes only after the new checkpoint was verified, loaded beside the old one and answered a smoke prompt
- the shelf's ``current`` is written before this one flips, so a restart serves what was promised
- one change at a time; answering never waits for it
"""

import asyncio
import itertools
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from model import loader, prompt
from model.base import BaseError, resolve
from model.checkpoint import MANIFEST, Checkpoint, CheckpointError, Gate, Kind, verify
from model.conversation import Conversation, Role, Turn
from model.engine.cache import MAX_ROWS, NotEnoughMemory
from model.engine.door import ChunkStream, Door
from model.engine.engine import Engine, WeightsInUse
from model.engine.runner import open_runner
from model.loader import LoadedBase, LoaderError, Quantization
from model.persona import PersonaError
from model.protocol import BASE_PREFIX, CURRENT, Swapped
from model.sampling import Sampling
from model.served import Served, end_tokens
from model.shelf import Shelf

_KEPT_ADAPTERS = 4
_SMOKE_DEADLINE_S = 60
_SMOKE = Conversation((Turn(Role.USER, "こんにちは。"),))
_log = logging.getLogger(__name__)


class ServingError(Exception):
    """The checkpoint cannot serve; the message says why and what serves instead."""


class UnknownModel(ServingError):
    """No checkpoint of this name exists."""


class Refused(ServingError):
    """The checkpoint exists but must not or cannot serve; the old one keeps serving."""


class NotReady(ServingError):
    """Nothing is loaded yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServingConfig:
    """What to serve and how to hold it. ``checkpoint`` None means the shelf's current one, else the bare base.

    ``bases_dir`` keeps bases that were quantised here, so that they load in seconds the next time.
    """

    base: str
    checkpoint: str | None
    quantization: Quantization
    device: str
    bases_dir: Path


class Serving:
    """The checkpoints in memory. Lives on the event loop; weights are touched through the door only."""

    def __init__(self, config: ServingConfig, shelf: Shelf, door: Door) -> None:
        self.current: str | None = None
        self.swapping: str | None = None
        self._config = config
        self._shelf = shelf
        self._door = door
        self._served: dict[str, Served] = {}  # least recently asked for first
        self._leaving: list[Served] = []  # changed on disk since; released once they have answered
        self._bases: dict[str, LoadedBase] = {}  # by runner name
        self._change = asyncio.Lock()
        self._numbers = itertools.count(1)

    @property
    def loaded(self) -> list[str]:
        """Return the names that answer without loading anything."""
        return sorted(self._served)

    @property
    def place(self) -> tuple[str, str]:
        """Return (device, quantization) as they turned out to be; as they were asked for before anything is loaded."""
        served = self._served.get(self.current or "")
        if served is None:
            return self._config.device, self._config.quantization
        loaded = self._bases[served.runner]
        return loaded.device, loaded.quantization

    def is_on_shelf(self, folder: Path, name: str) -> bool:
        """Return whether ``folder`` is where the shelf keeps ``name``."""
        return (
            folder.resolve() == (self._shelf.folder / name).resolve()
            and folder.parent.resolve() == self._shelf.folder.resolve()
        )

    async def start(self) -> None:
        """Load what should answer first. Raises ServingError when it cannot."""
        wanted = self._config.checkpoint or await asyncio.to_thread(self._shelf.current)
        served = await self._loaded(wanted or f"{BASE_PREFIX}{self._config.base}")
        self.current = served.name
        _log.info("serving checkpoint=%s", served.name)

    async def names(self) -> list[str]:
        """Return what can be asked for: bare bases, checkpoints in memory, and those of the shelf."""
        on_shelf = await asyncio.to_thread(self._shelf.list)
        return sorted({*self.loaded, *(checkpoint.name for checkpoint in on_shelf)})

    async def find(self, model: str) -> Served:
        """Return what answers for ``model``, loading it when it is on the shelf. Raises ServingError."""
        if self.current is None:
            raise NotReady("The worker is still loading its model: try again in a moment.")
        name = self.current if model == CURRENT else model
        served = self._served.get(name)
        if served is None or (name != self.current and await asyncio.to_thread(self._is_outdated, served)):
            served = await self._loaded(name)
        if name in self._served:
            self._served[name] = self._served.pop(name)
        return served

    async def use(self, name: str, *, who: str, force: bool) -> Swapped:
        """Make ``name`` current. Raises ServingError, and then whatever was current still is."""
        checkpoint = await asyncio.to_thread(self._read, name)
        if checkpoint.manifest.gate is Gate.FAILED and not force:
            raise Refused(f"{name} failed its gate: read its report, then use it with force.")
        served = await self._loaded(name)
        return await self._flip(served.name, partial(self._shelf.use, name, who=who, force=force))

    async def rollback(self, *, who: str) -> Swapped:
        """Return to the checkpoint before. Raises ServingError, and then whatever was current still is."""
        with _refusals():
            name, before = await asyncio.to_thread(partial(self._shelf.rollback, who=who))
        try:
            await self._loaded(name)
        except ServingError:
            await asyncio.to_thread(partial(self._shelf.use, before, who=who, force=True))
            raise
        return await self._flip(name, lambda: before)

    async def unload(self, name: str) -> None:
        """Take a checkpoint out of memory. Raises UnknownModel, or Refused while it is current or answering."""
        async with self._change:
            if name not in self._served:
                raise UnknownModel(f"{name!r} is not loaded; loaded are: {', '.join(self.loaded)}.")
            if name == self.current:
                raise Refused(f"{name} is current: use another checkpoint first.")
            await self._release(self._served[name])

    async def _flip(self, name: str, record: Callable[[], str | None]) -> Swapped:
        """Write down that ``name`` is current, then let it answer."""
        async with self._change:
            with _refusals():
                await asyncio.to_thread(record)
            previous, self.current = self.current, name
        _log.info("swapped current=%s previous=%s", name, previous)
        return Swapped(current=name, previous=previous)

    async def _loaded(self, name: str) -> Served:
        """Return ``name`` from memory, loading and trying it first when it is not there or has changed on disk."""
        async with self._change:
            self.swapping = name
            try:
                served = self._served.get(name)
                if served is not None and not await asyncio.to_thread(self._is_outdated, served):
                    return served
                if served is not None:
                    self._leaving.append(served)
                with _refusals():
                    return await self._load(name)
            finally:
                self.swapping = None

    async def _load(self, name: str) -> Served:
        if name.startswith(BASE_PREFIX):
            return await self._load_base(name.removeprefix(BASE_PREFIX))
        checkpoint = await asyncio.to_thread(self._read, name)
        await asyncio.to_thread(verify, checkpoint)
        await self._trim()
        if checkpoint.manifest.kind is Kind.FULL:
            served = await self._load_full(checkpoint)
        else:
            served = await self._attach(checkpoint)
        await self._try(served)
        self._served[name] = served
        return served

    async def _load_base(self, name: str) -> Served:
        known = {self._config.base, *(loaded.base.name for loaded in self._bases.values())}
        if name not in known:
            raise UnknownModel(f"No base {name!r} is loaded; there is: {', '.join(sorted(known))}.")
        return self._served[f"{BASE_PREFIX}{await self._open_base(name)}"]

    async def _open_base(self, name: str) -> str:
        """Load a base unless it is in memory and return its name, which is its runner's too."""
        wanted = resolve(name)
        if wanted.name not in self._bases:
            loaded = await asyncio.to_thread(partial(loader.load_base, wanted, **self._how()))
            served = _describe(f"{BASE_PREFIX}{wanted.name}", wanted.name, loaded)
            await self._open(wanted.name, loaded)
            self._served[served.name] = served
        return wanted.name

    async def _load_full(self, checkpoint: Checkpoint) -> Served:
        loaded = await asyncio.to_thread(partial(loader.load_full, checkpoint, **self._how()))
        runner = f"{checkpoint.name}#{next(self._numbers)}"
        served = _describe(checkpoint.name, runner, loaded, checkpoint=checkpoint)
        await self._open(runner, loaded)
        return served

    async def _attach(self, checkpoint: Checkpoint) -> Served:
        runner = await self._open_base(checkpoint.manifest.base)
        loaded = self._bases[runner]
        adapter = f"adapter{next(self._numbers)}"  # PEFT allows no dots, checkpoints do
        served = _describe(checkpoint.name, runner, loaded, adapter=adapter, checkpoint=checkpoint)

        def attach(engine: Engine) -> None:
            loader.attach(loaded, checkpoint, adapter_name=adapter)
            engine.add_adapter(runner, adapter)

        await self._door.call(attach)
        return served

    async def _open(self, runner: str, loaded: LoadedBase) -> None:
        opened = await asyncio.to_thread(open_runner, loaded)
        await self._door.call(lambda engine: engine.add_runner(runner, opened))
        self._bases[runner] = loaded

    def _how(self) -> dict[str, Any]:
        config = self._config
        return {
            "quantization": config.quantization,
            "device": config.device,
            "rows": MAX_ROWS,
            "bases_dir": config.bases_dir,
        }

    async def _try(self, served: Served) -> None:
        """Let it answer one smoke prompt. Raises Refused, with its weights released, when it cannot."""
        chunks = ChunkStream()
        sampling = Sampling(max_tokens=8, temperature=0)
        sequence = served.sequence(_SMOKE, sampling, author="", emit=chunks.emit)
        try:
            async with asyncio.timeout(_SMOKE_DEADLINE_S):
                await self._door.call(lambda engine: engine.put(sequence))
                last = [chunk async for chunk in chunks][-1]
        except TimeoutError:
            self._door.cancel(sequence)
            await self._release_quietly(served)
            raise Refused(f"{served.name} did not answer within {_SMOKE_DEADLINE_S} s: it is not used.") from None
        if last.finish_reason not in ("stop", "length"):
            await self._release_quietly(served)
            raise Refused(f"{served.name} failed its smoke prompt: {last.error or last.finish_reason}")

    async def _trim(self) -> None:
        """Release what changed on disk, and what was asked for longest ago beyond the few kept for a quick way back."""
        leaving, self._leaving = self._leaving, []
        for served in leaving:
            if not await self._release_quietly(served):
                self._leaving.append(served)
        idle = [served for served in self._served.values() if served.adapter and served.name != self.current]
        for served in idle[: max(0, len(idle) - _KEPT_ADAPTERS + 1)]:
            await self._release_quietly(served)
        for served in [each for each in self._served.values() if self._is_spare(each)]:
            await self._release_quietly(served)

    def _is_spare(self, served: Served) -> bool:
        """Return whether a whole model is neither current nor the base of an adapter that is kept."""
        others = (each for each in self._served.values() if each is not served)
        return (
            served.adapter is None
            and served.name != self.current
            and all(each.runner != served.runner for each in others)
        )

    async def _release_quietly(self, served: Served) -> bool:
        """Release and return True, or False when it still answers."""
        try:
            await self._release(served)
        except Refused:
            _log.info("still answering checkpoint=%s", served.name)
            return False
        return True

    async def _release(self, served: Served) -> None:
        loaded = self._bases[served.runner]

        def let_go(engine: Engine) -> None:
            if served.adapter is None:
                engine.remove_runner(served.runner)
            else:
                engine.remove_adapter(served.runner, served.adapter)
                loader.detach(loaded, served.adapter)

        try:
            await self._door.call(let_go)
        except WeightsInUse:
            raise Refused(f"{served.name} is still answering: try again in a moment.") from None
        if served.adapter is None:
            del self._bases[served.runner]
        if self._served.get(served.name) is served:
            del self._served[served.name]
        _log.info("released checkpoint=%s", served.name)

    def _read(self, name: str) -> Checkpoint:
        """Return a checkpoint of the shelf. Raises UnknownModel or Refused."""
        names = [checkpoint.name for checkpoint in self._shelf.list()]
        folder = self._shelf.folder / name
        if name not in names and (folder.parent != self._shelf.folder or not folder.is_dir()):
            raise UnknownModel(f"There is no checkpoint {name!r}; on the shelf: {', '.join(names) or 'none yet'}.")
        with _refusals():
            return self._shelf.get(name)

    def _is_outdated(self, served: Served) -> bool:
        """Return whether the shelf no longer holds what was loaded."""
        if served.checkpoint is None:
            return False
        manifest = served.checkpoint.path / MANIFEST
        return not manifest.is_file() or self._read(served.name).manifest != served.checkpoint.manifest


def _describe(
    name: str, runner: str, loaded: LoadedBase, *, adapter: str | None = None, checkpoint: Checkpoint | None = None
) -> Served:
    return Served(
        name=name,
        runner=runner,
        adapter=adapter,
        tokenizer=loaded.tokenizer,
        end_tokens=end_tokens(loaded.tokenizer, loaded.model),
        checkpoint=checkpoint,
        defaults=checkpoint.persona().default_sampling() if checkpoint else Sampling(),
    )


@contextmanager
def _refusals() -> Iterator[None]:
    """Turn what shelf, loader and memory say into Refused."""
    try:
        yield
    except (CheckpointError, LoaderError, PersonaError, prompt.PromptError, NotEnoughMemory, BaseError) as error:
        raise Refused(str(error)) from error
