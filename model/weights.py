"""Puts bases, whole models and adapters into memory beside what answers, and takes them out again.

Knows the loader, the engine's door and which model holds which adapter. Does not know the shelf or what is current.
Models are loaded on a thread of their own; a model that answers is touched between two steps only.
"""

import asyncio
import itertools
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from model import loader, memory
from model.base import Base
from model.checkpoint import Checkpoint, Kind
from model.engine.cache import free_bytes
from model.engine.door import Door
from model.engine.engine import Engine
from model.engine.kernel import Kernel
from model.engine.runner import open_runner
from model.engine.scheduler import MAX_RUNNING
from model.loader import LoadedBase, Quantization
from model.protocol import BASE_PREFIX
from model.sampling import Sampling
from model.served import Served, end_tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """How weights are held. ``bases_dir`` keeps bases that were quantised here: next time they load in seconds.

    ``max_bytes`` bounds what the models may take together; None leaves it to what the machine has free. ``kernel`` is
    the engine's own, where it computes on a CPU and has one.
    """

    quantization: Quantization
    device: str
    bases_dir: Path
    max_bytes: int | None = None
    kernel: Kernel | None = None

    def needed_bytes(self, base: Base) -> int:
        """Return about how much memory ``base`` takes so. Raises LoaderError or CheckpointError."""
        return loader.needed_bytes(base, **self._held())

    def options(self) -> dict[str, Any]:
        """Return how the loader is to load."""
        return {**self._held(), "bases_dir": self.bases_dir}

    def _held(self) -> dict[str, Any]:
        return {
            "quantization": self.quantization,
            "device": self.device,
            "rows": MAX_RUNNING,
            "is_read_as_is": self.kernel is not None,
        }


class NoRoom(RuntimeError):
    """A model does not fit beside those in memory."""


class Weights:
    """The models in memory by the name of their runner: a base's own name, or a numbered one for a checkpoint's."""

    def __init__(self, placement: Placement, door: Door) -> None:
        self._placement = placement
        self._door = door
        self._models: dict[str, LoadedBase] = {}
        self._taken: dict[str, int] = {}  # bytes counted for each model
        self._identified: dict[str, Base] = {}  # bases that were asked about and are about to be loaded
        self._numbers = itertools.count(1)

    def has(self, base: Base) -> bool:
        """Return whether a base is in memory."""
        return base.name in self._models

    def place(self, served: Served | None) -> tuple[str, str]:
        """Return (device, quantization) of something served; what was asked for where nothing is."""
        if served is None:
            return self._placement.device, self._placement.quantization
        model = self._models[served.runner]
        return model.device, model.quantization

    def check_room(self, base: Base) -> int:
        """Return how many bytes ``base`` will take. Raises NoRoom when they are not there.

        Blocks: it reads the base's files for their hash, so that loading need not. Raises LoaderError or
        CheckpointError where they cannot be read.
        """
        needed = self._placement.needed_bytes(base)
        free = self._free_bytes()
        if base.known_hash is None:
            self._identified[base.name] = loader.identified(base)
        if needed > free:
            raise NoRoom(
                f"{base.name} needs about {needed >> 20} MiB of memory and {max(0, free) >> 20} MiB are free: "
                "unload another model, or make it current, which lets the old one go first."
            )
        return needed

    async def prepare(self, base: Base) -> None:
        """Quantise ``base`` beside what answers, so that loading it takes seconds; where the machine has memory for it.

        ``check_room`` was asked about it before. Raises LoaderError when it cannot be read.
        """
        if self._placement.quantization == "4bit":
            await asyncio.to_thread(self._quantise, self._identified.get(base.name, base))

    def _quantise(self, base: Base) -> None:
        if loader.quantising_bytes(base) <= memory.free_bytes():
            loader.quantise(base, device=self._placement.device, bases_dir=self._placement.bases_dir)
            loader.return_memory()

    def _free_bytes(self) -> int:
        placement = self._placement
        free = free_bytes(loader.torch_device(placement.device))
        if placement.max_bytes is None:
            return free
        return min(free, placement.max_bytes - sum(self._taken.values()))

    async def load_base(self, base: Base) -> Served:
        """Load a base to answer without an adapter. Raises NoRoom, LoaderError, CheckpointError or NotEnoughMemory."""
        needed = await asyncio.to_thread(self.check_room, base)
        identified = self._identified.pop(base.name)
        loaded = await asyncio.to_thread(partial(loader.load_base, identified, **self._placement.options()))
        return await self._open(_describe(f"{BASE_PREFIX}{base.name}", base.name, loaded), loaded, needed)

    async def load(self, checkpoint: Checkpoint, base: Base) -> Served:
        """Load a checkpoint: a whole model, or an adapter on ``base``, which is in memory already.

        Raises NoRoom, CheckpointError, PersonaError, LoaderError or NotEnoughMemory; then nothing has changed.
        """
        if checkpoint.manifest.kind is Kind.FULL:
            needed = await asyncio.to_thread(self.check_room, loader.base_of(checkpoint))
            loaded = await asyncio.to_thread(partial(loader.load_full, checkpoint, **self._placement.options()))
            runner = f"{checkpoint.name}#{next(self._numbers)}"
            return await self._open(_describe(checkpoint.name, runner, loaded, checkpoint=checkpoint), loaded, needed)
        loaded = self._models[base.name]
        adapter = f"{checkpoint.name}#{next(self._numbers)}"
        served = _describe(checkpoint.name, base.name, loaded, adapter=adapter, checkpoint=checkpoint)
        deltas = await asyncio.to_thread(lambda: loader.read_adapter(loaded, checkpoint).deltas())
        await self._door.call(lambda engine: engine.add_adapter(served.runner, adapter, deltas))
        return served

    async def release(self, served: Served) -> None:
        """Take something out of memory. Raises WeightsInUse while a sequence runs on it."""

        def let_go(engine: Engine) -> None:
            if served.adapter is None:
                engine.remove_runner(served.runner)
            else:
                engine.remove_adapter(served.runner, served.adapter)

        await self._door.call(let_go)
        if served.adapter is None:
            del self._models[served.runner], self._taken[served.runner]
            del let_go
            await asyncio.to_thread(loader.return_memory)

    async def _open(self, served: Served, loaded: LoadedBase, needed: int) -> Served:
        """Reserve rows for a model and let the engine step it."""
        runner = await asyncio.to_thread(partial(open_runner, loaded, kernel=self._placement.kernel))
        await self._door.call(lambda engine: engine.add_runner(served.runner, runner))
        self._models[served.runner], self._taken[served.runner] = loaded, needed
        return served


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
