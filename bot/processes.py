"""Keeps child processes alive: starts them, restarts what crashes with capped back-off, stops them together.

Knows commands, exits and time. Does not know what the children do.

Each child holds the reading end of a pipe as its stdin (see ``stop_with_parent``), so that no child outlives its
parent, not even a parent that was killed.
"""

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

log = logging.getLogger(__name__)

STDIN = 0


class ChildFailed(RuntimeError):
    """A child ended by itself before it had ever been up: starting it again would not help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """One command to keep alive. ``environment`` is laid over the parent's."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait: back-off doubles from ``first_s`` to ``most_s`` and starts anew after ``stable_s`` alive.

    ``stable_s`` is longer than a busy machine needs to find out that a start is hopeless.
    """

    first_s: float = 0.5
    most_s: float = 30.0
    stable_s: float = 60.0
    stop_s: float = 10.0


async def supervise(children: Sequence[Child], stop: asyncio.Event, patience: Patience | None = None) -> None:
    """Keep ``children`` running until ``stop`` is set, then end them with SIGTERM and, if need be, SIGKILL.

    Raises ChildFailed when a child ends with an error before it was stable once; the others are stopped first.
    """
    patience = patience or Patience()
    async with asyncio.TaskGroup() as group:
        keepers = [group.create_task(_keep(child, patience)) for child in children]
        waiting = group.create_task(stop.wait())
        await asyncio.wait([*keepers, waiting], return_when=asyncio.FIRST_COMPLETED)
        for task in (*keepers, waiting):
            task.cancel()


async def _keep(child: Child, patience: Patience) -> None:
    loop = asyncio.get_running_loop()
    has_been_stable, delay_s = False, patience.first_s
    while True:
        started_at = loop.time()
        code = await _run_once(child, patience)
        alive_s = loop.time() - started_at
        has_been_stable = has_been_stable or alive_s >= patience.stable_s
        if code in (1, 2) and not has_been_stable:
            raise ChildFailed(f"The {child.name} could not start (exit code {code}); its message stands above.")
        delay_s = patience.first_s if alive_s >= patience.stable_s else min(delay_s * 2, patience.most_s)
        log.warning(
            "%s ended with code %s after %.1f s, starting it again in %.1f s", child.name, code, alive_s, delay_s
        )
        await asyncio.sleep(delay_s)


async def _run_once(child: Child, patience: Patience) -> int:
    process = await asyncio.create_subprocess_exec(
        *child.command,
        stdin=asyncio.subprocess.PIPE,
        env={**os.environ, **child.environment},
        start_new_session=True,
    )
    log.info("%s started, pid %d", child.name, process.pid)
    try:
        return await process.wait()
    finally:
        if process.returncode is None:
            await _end(process, patience.stop_s)


async def _end(process: asyncio.subprocess.Process, stop_s: float) -> None:
    process.terminate()
    try:
        async with asyncio.timeout(stop_s):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def stop_with_parent() -> None:
    """In a child: send SIGTERM to this process when the parent's end of stdin closes."""

    def watch() -> None:
        while os.read(STDIN, 4096):  # not sys.stdin: its lock must be free when the interpreter ends
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="stop-with-parent", daemon=True).start()
