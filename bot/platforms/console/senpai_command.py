"""Runs `senpai` commands as processes of their own: the console does what the command line does, by the same code.

Knows how a command is started, heard and stopped. Does not know what commands do; the bot imports nothing of training.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

STOP_S = 10.0
"""How long a command may take to listen; one whose parent ignores interrupts never does, and is killed."""
NUM_COLUMNS = 120
"""As wide as the table of what was seen during a run needs to be; with fewer its figures are cut off."""
MAX_TOLD = 40
"""Lines of a command's progress that are kept."""


class CommandFailed(Exception):
    """The command ended with an error; the message is what it said."""


def environment(home: Path) -> dict[str, str]:
    """Return the environment of a command: this one's, with the same SENPAI_HOME, no colours and room for tables."""
    plain = {"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": f"{NUM_COLUMNS}", "PYTHONUNBUFFERED": "1"}
    return {**os.environ, "SENPAI_HOME": str(home), **plain}


async def senpai(home: Path, *words: str) -> Any:
    """Run a command with ``--json`` to its end and return its document. Raises CommandFailed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "senpai",
        *words,
        "--json",
        env=environment(home),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, error = await process.communicate()
    if process.returncode:
        raise CommandFailed(_last_line(error.decode(errors="replace")) or f"exit code {process.returncode}")
    return json.loads(out)


def _last_line(text: str) -> str:
    return next((line for line in reversed(text.splitlines()) if line.strip()), "")


@dataclass(slots=True)
class LongCommand:
    """One command that takes minutes, at most one at a time: what it says, how it ended, and a way to stop it."""

    home: Path
    name: str = ""
    told: list[str] = field(default_factory=list)
    code: int | None = None
    _process: asyncio.subprocess.Process | None = None
    _hearing: asyncio.Task[None] | None = None

    @property
    def is_running(self) -> bool:
        """Whether a command is running now."""
        return self._process is not None and self._process.returncode is None

    async def start(self, name: str, *words: str) -> None:
        """Start a command called ``name``. Raises CommandFailed while another one runs."""
        if self.is_running:
            raise CommandFailed(f"{self.name} is still running: stop it or wait.")
        self.name, self.told, self.code = name, [], None
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "senpai",
            *words,
            env=environment(self.home),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        self._hearing = asyncio.create_task(self._hear(self._process), name=f"senpai {name}")

    async def ended(self) -> int | None:
        """Wait for the command to end and return its exit code."""
        if self._hearing:
            await self._hearing
        return self.code

    async def stop(self) -> None:
        """Interrupt the command as Ctrl-C does, and end it when it does not listen."""
        if self._process is None or not self.is_running:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            async with asyncio.timeout(STOP_S):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
        await self.ended()

    async def _hear(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout
        async for line in _lines(process.stdout):
            self.told = [*self.told, line][-MAX_TOLD:]
        self.code = await process.wait()


async def _lines(stream: asyncio.StreamReader) -> AsyncIterator[str]:
    """Yield lines; a progress bar's carriage returns end a line too, and no line is too long."""
    rest = ""
    while part := await stream.read(4096):
        *whole, rest = (rest + part.decode(errors="replace")).replace("\r", "\n").split("\n")
        for line in whole:
            if line.strip():
                yield line.rstrip()
    if rest.strip():
        yield rest
