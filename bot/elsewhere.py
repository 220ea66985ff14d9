"""A worker at an address: of our own kind, or any OpenAI-compatible server in its place, vLLM first of all.

Knows which doors each kind has. Of ours everything is asked, which checkpoint is current included, so that two bots on
one worker agree. A server of another kind keeps no choice: the bot keeps it (``choice``), and loads adapters of its own
home by name through vLLM's doors. Such a server must see the home's folder under the same path.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from datetime import date
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from bot.choice import Choice
from bot.completions import NoSuchDoor, Overrides, Part, Refused, UnknownCheckpoint, WorkerError, WorkerUnreachable
from bot.current import CONSENT, Told
from bot.shelf import chosen, manifest_of
from bot.worker_client import WorkerClient
from model.consent import ConsentError, load, require_kept
from model.conversation import Conversation, Role, Turn
from model.protocol import CURRENT, Status, Swapped

_SMOKE = Conversation((Turn(Role.USER, "こんにちは。"),))
_GAUGES = {"vllm:num_requests_waiting": "queue", "vllm:num_requests_running": "running"}
_log = logging.getLogger(__name__)


def connect(url: str, key: str | None, home: Path, *, start: str | None = None) -> "Elsewhere":
    """Return the worker at ``url``. Create it inside the running event loop and close it at the end."""
    return Elsewhere(WorkerClient(url, key), home, start=start)


class Elsewhere:
    """A Worker at the address ``client`` speaks to. ``home`` holds the choice and the adapters to load.

    ``start`` is what another kind of server is asked for before anything was chosen.
    """

    def __init__(self, client: WorkerClient, home: Path, *, start: str | None = None) -> None:
        self._client = client
        self._start = start
        self._shelf = home / "checkpoints"
        self._choice = Choice(home)
        self._swapping: str | None = None
        self._loaded: list[str] = []  # adapters that were loaded from here, oldest first
        self._change = asyncio.Lock()

    async def stream(
        self, conversation: Conversation, *, checkpoint: str, author: str, overrides: Overrides
    ) -> AsyncGenerator[Part, None]:
        """Yield the completion in parts; an adapter of this home that the server does not know is loaded first."""
        for is_last_try in (False, True):
            asking = self._client.stream(conversation, checkpoint=checkpoint, author=author, overrides=overrides)
            try:
                async with aclosing(asking):
                    async for part in asking:
                        yield part
                return
            except UnknownCheckpoint:
                if is_last_try or await self._is_ours() or not await self._load(checkpoint):
                    raise

    async def told(self, name: str | None) -> Told:
        """Return who answers, or as whom ``name`` would. Raises WorkerError."""
        try:
            card = await self._client.card(name or CURRENT)
        except NoSuchDoor:
            return Told(name or await self._current())
        return Told(card.checkpoint, card)

    async def status(self) -> Status:
        """Return what the worker is doing; of another kind of server what it tells Prometheus, 0 where it does not."""
        try:
            return await self._client.status()
        except NoSuchDoor:
            return Status(
                current=await self._current(),
                loaded=await self._listed(),
                queue=0,
                running=0,
                swapping=self._swapping,
                device="elsewhere",
                quantization="unknown",
            ).model_copy(update=await self._gauges())

    async def models(self) -> list[str]:
        """Return what can be asked for; at another kind of server also what could be loaded from this home."""
        if await self._is_ours():
            return await self._client.models()
        adapters = [path.parent.name for path in self._shelf.glob("[!.]*/adapter_config.json")]
        return sorted({*await self._listed(), *adapters})

    async def use(self, checkpoint: str, *, who: str, force: bool) -> Swapped:
        """Let another checkpoint answer from now on; when it cannot, the old one does."""
        with suppress(NoSuchDoor):
            return await self._client.use(checkpoint, who=who, force=force)
        async with self._change:
            self._swapping = checkpoint
            try:
                return await self._use(checkpoint, who=who, force=force)
            finally:
                self._swapping = None

    async def rollback(self, *, who: str) -> Swapped:
        """Return to the checkpoint that answered before."""
        with suppress(NoSuchDoor):
            return await self._client.rollback(who=who)
        earlier = await asyncio.to_thread(self._choice.earlier)
        if earlier is None:
            raise Refused("There is no earlier checkpoint to go back to: choose one with use.")
        return await self.use(earlier, who=who, force=True)

    async def forget(self, checkpoint: str) -> None:
        """Let a checkpoint answer no more; where it is current, the server's own model takes its place."""
        try:
            await self._client.forget(checkpoint)
        except NoSuchDoor:
            async with self._change:
                await self._forget(checkpoint)

    async def metrics(self) -> str:
        """Return the server's metrics in Prometheus' text format. Raises NoSuchDoor at a server without."""
        return await self._client.metrics()

    async def close(self) -> None:
        """Close every connection."""
        await self._client.close()

    async def _forget(self, name: str) -> None:
        await self._unload(name)
        if name != await self._current():
            return
        others = [each for each in await self._listed() if each != name]
        if not others:
            raise Refused(f"The server has nothing but {name}: stop it.")
        await asyncio.to_thread(self._choice.make, others[0], before=name, who="forget", forced=False)

    async def _listed(self) -> list[str]:
        """Return what another kind of server lists; `transformers serve` lists nothing without a network."""
        try:
            return await self._client.models()
        except WorkerUnreachable as error:
            _log.info("the server lists no models: %s", error)
            return []

    async def _is_ours(self) -> bool:
        try:
            await self._client.status()
        except NoSuchDoor:
            return False
        return True

    async def _use(self, name: str, *, who: str, force: bool) -> Swapped:
        """Load if need be, try, choose, and drop what nobody goes back to."""
        manifest = await asyncio.to_thread(self._manifest, name)
        has_failed_gate = manifest.get("gate") == "failed"
        if manifest:
            await asyncio.to_thread(self._require_consent, name)
        if has_failed_gate and not force:
            failed = "; ".join(manifest.get("gate_reasons") or manifest.get("gate_failed") or ["an unnamed metric"])
            raise Refused(f"{name} failed its gate on {failed}: read its report, then use it with force.")
        previous = await self._current()
        is_new = name not in await self._listed() and name != self._start
        if is_new and not await self._load(name):
            raise UnknownCheckpoint(f"There is no checkpoint {name!r}, neither at the server nor in {self._shelf}.")
        try:
            await self._smoke(name)
        except WorkerError as error:
            if is_new:
                await self._unload(name)
            raise Refused(f"{name} failed its smoke prompt and is not used: {error}") from error
        await asyncio.to_thread(self._choice.make, name, before=previous, who=who, forced=has_failed_gate)
        for old in [each for each in self._loaded if each not in (name, previous)]:
            await self._unload(old)
        _log.info("swapped elsewhere current=%s previous=%s", name, previous)
        return Swapped(current=name, previous=previous)

    async def _load(self, name: str) -> bool:
        """Ask the server to load an adapter of this home; return False when there is none. Raises Refused."""
        manifest = await asyncio.to_thread(self._manifest, name)
        if not manifest:
            return False
        if manifest.get("kind") != "adapter":
            raise Refused(f"{name} is a whole model: start the server with {self._shelf / name} instead.")
        try:
            await self._client.load_adapter(name, (self._shelf / name).resolve())
        except NoSuchDoor as error:
            raise Refused(
                "The server loads no adapters: start vLLM with --enable-lora and VLLM_ALLOW_RUNTIME_LORA_UPDATING=True."
            ) from error
        except (UnknownCheckpoint, WorkerUnreachable) as error:
            raise Refused(f"The server could not load {name}: {error}") from error
        self._loaded.append(name)
        return True

    async def _unload(self, name: str) -> None:
        with suppress(WorkerError):  # what stays behind is only memory, and the server's to tell
            await self._client.unload_adapter(name)
        if name in self._loaded:
            self._loaded.remove(name)

    async def _smoke(self, name: str) -> None:
        """Let it answer one prompt; once more where the connection broke, as an error before may leave it."""
        for is_last_try in (False, True):
            asking = self._client.stream(
                _SMOKE, checkpoint=name, author="smoke", overrides={"max_tokens": 8, "temperature": 0}
            )
            try:
                async with aclosing(asking):
                    async for _ in asking:
                        pass
                return
            except WorkerUnreachable:
                if is_last_try:
                    raise

    async def _current(self) -> str:
        """Return what was chosen, what the settings or the local shelf name, or else the server's first model."""
        made = await asyncio.to_thread(self._choice.current) or self._start
        if known := made or await asyncio.to_thread(chosen, self._shelf):
            return known
        listed = await self._listed()
        if not listed:
            raise Refused("The server lists no model: name one in SENPAI_CHECKPOINT.")
        return listed[0]

    def _manifest(self, name: str) -> dict[str, Any]:
        """Return what the home knows of a checkpoint; nothing for a name that is none of its own."""
        folder = self._shelf / name
        if folder.parent != self._shelf:
            return {}
        try:
            return manifest_of(folder)
        except FileNotFoundError:
            return {}
        except ValueError as error:
            raise Refused(f"The manifest of {name} is broken: build or import it again.") from error

    def _require_consent(self, name: str) -> None:
        try:
            consent = load(self._shelf / name / CONSENT)
            consent.require(date.today())
            require_kept(consent, self._shelf.parent)
        except ConsentError as error:
            raise Refused(f"{name} may not answer: {error}") from error

    async def _gauges(self) -> dict[str, int]:
        try:
            families = list(text_string_to_metric_families(await self._client.metrics()))
        except (WorkerError, ValueError):
            return {}
        samples = [sample for family in families for sample in family.samples if sample.name in _GAUGES]
        return {_GAUGES[sample.name]: int(sample.value) for sample in samples}
