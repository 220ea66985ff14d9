"""Child processes are kept alive, restarted when they crash, and never left behind."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from bot.processes import Child, ChildFailed, Patience, supervise

FAST = Patience(first_s=0.05, most_s=0.2, stable_s=0.3, stop_s=2.0)
SLEEPER = "import os, sys, time; open(sys.argv[1], 'a').write(f'{os.getpid()}\\n'); time.sleep(60)"


def sleeper(pids: Path, code: str = SLEEPER) -> Child:
    return Child(name="sleeper", command=(sys.executable, "-c", code, str(pids)))


async def pids_in(path: Path, count: int) -> list[int]:
    async with asyncio.timeout(20):
        while True:
            pids = await asyncio.to_thread(_lines, path)
            if len(pids) >= count:
                return [int(pid) for pid in pids]
            await asyncio.sleep(0.02)


def _lines(path: Path) -> list[str]:
    return path.read_text().split() if path.exists() else []


async def test_a_killed_child_is_started_again_and_all_end_on_stop(tmp_path: Path) -> None:
    stop = asyncio.Event()
    pids = tmp_path / "pids"
    task = asyncio.create_task(supervise([sleeper(pids)], stop, FAST))
    first = (await pids_in(pids, 1))[0]
    await asyncio.sleep(FAST.stable_s)
    os.kill(first, signal.SIGKILL)
    second = (await pids_in(pids, 2))[1]
    stop.set()
    await asyncio.wait_for(task, 10)
    assert not psutil.pid_exists(first)
    assert not psutil.pid_exists(second)


async def test_a_child_that_fails_at_its_first_start_ends_everything_with_a_sentence(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    broken = Child(name="worker", command=(sys.executable, "-c", "raise SystemExit(1)"))
    with pytest.raises(ExceptionGroup) as failure:
        await asyncio.wait_for(supervise([sleeper(pids), broken], asyncio.Event(), FAST), 20)
    assert failure.group_contains(ChildFailed, match="The worker could not start")


def test_children_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    child = f"from bot.processes import stop_with_parent; stop_with_parent(); {SLEEPER}"
    parent = (
        "import asyncio, sys\nfrom bot.processes import Child, supervise\n"
        f"child = Child(name='c', command=(sys.executable, '-c', {child!r}, sys.argv[1]))\n"
        "asyncio.run(supervise([child], asyncio.Event()))"
    )
    process = subprocess.Popen([sys.executable, "-c", parent, str(pids)])
    pid = asyncio.run(pids_in(pids, 1))[0]
    process.kill()
    process.wait()
    deadline = time.monotonic() + 10
    while psutil.pid_exists(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not psutil.pid_exists(pid)
