"""Finds the worker of this installation, or starts one for as long as it is needed.

Knows ``worker.json``, the file a running worker keeps in SENPAI_HOME. Does not know models.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from bot.completions import WorkerBusy, WorkerUnreachable
from bot.worker_client import WorkerClient
from model.protocol import ADDRESS_FILE

START_S = 300.0
"""Loading a 7 B base without a prequantised copy takes minutes."""


class WorkerNotStarted(Exception):
    """The worker ended, or did not become ready in time."""


def running_worker_url(home: Path) -> str | None:
    """Return the address a worker has left in ``home``; whether it still answers is another question."""
    try:
        return str(json.loads((home / ADDRESS_FILE).read_text(encoding="utf-8"))["url"])
    except (FileNotFoundError, ValueError, KeyError):
        return None


async def answers(url: str, key: str | None) -> bool:
    """Return whether a worker at ``url`` can answer, or will soon."""
    client = WorkerClient(url, key)
    try:
        await client.ready()
    except WorkerBusy:
        return True
    except WorkerUnreachable:
        return False
    finally:
        await client.close()
    return True


@asynccontextmanager
async def worker_for(home: Path, url: str | None, key: str | None, command: Sequence[str]) -> AsyncIterator[str]:
    """Yield the url of a ready worker: the one at ``url``, the one that runs in ``home``, or one started for now.

    ``command`` starts a worker that announces itself in ``home`` and stops when its stdin closes.
    Raises WorkerNotStarted.
    """
    known = url or running_worker_url(home)
    if known and (url or await answers(known, key)):
        await _until_ready(known, key)
        yield known
        return
    (home / ADDRESS_FILE).unlink(missing_ok=True)
    process = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.PIPE, start_new_session=True)
    try:
        async with asyncio.timeout(START_S):
            started = await _announced(home, process)
            await _until_ready(started, key)
        yield started
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _announced(home: Path, process: asyncio.subprocess.Process) -> str:
    while (url := running_worker_url(home)) is None:
        if process.returncode is not None:
            raise WorkerNotStarted("The worker could not start; its message stands above.")
        await asyncio.sleep(0.05)
    return url


async def _until_ready(url: str, key: str | None) -> None:
    client = WorkerClient(url, key)
    deadline = time.monotonic() + START_S
    try:
        while True:
            try:
                return await client.ready()
            except (WorkerBusy, WorkerUnreachable) as error:
                if time.monotonic() > deadline:
                    raise WorkerNotStarted(f"The worker at {url} did not become ready: {error}") from None
            await asyncio.sleep(0.1)
    finally:
        await client.close()
