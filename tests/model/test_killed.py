"""A worker that is killed in the middle of a swap starts again with a whole checkpoint, the old one or the new one.

The worker is a real process, forked from one that has torch imported already. It is killed by itself, with SIGKILL, at
its n-th file operation on the shelf since it was told to swap; the next start on the same home is the proof.
"""

import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from multiprocessing.process import BaseProcess
from pathlib import Path

import httpx
import pytest

from model.checkpoint import verify
from model.shelf import Shelf
from model.worker import serve
from tests.model.test_exchange import _one_fits, _save_full
from tests.model.workers import Oracle, chat, config_for, until

BODY = chat("元気？", temperature=0, max_tokens=4)
_OPERATIONS = {"open", "os.rename", "os.remove", "os.listdir", "os.scandir", "fcntl.flock", "shutil.rmtree"}


def _serve(home: Path, base: Path, max_bytes: int | None, target: str, at: int) -> None:
    """In a process of its own: serve, and die at operation number ``at`` after ``target``'s manifest was first read."""
    shelf, manifest = str(home / "checkpoints"), str(home / "checkpoints" / target / "manifest.json")
    seen = 0

    def die(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal seen
        if event not in _OPERATIONS or not arguments:
            return
        if event == "fcntl.flock" or shelf in str(arguments[0]):
            seen += bool(seen or str(arguments[0]) == manifest)
            if seen == at:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(die)
    serve(config_for(home, base, max_bytes=max_bytes))


@contextmanager
def _worker(home: Path, base: Path, max_bytes: int | None, target: str, at: int) -> Iterator[BaseProcess]:
    (home / "worker.json").unlink(missing_ok=True)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.model.test_killed"])
    process = context.Process(target=_serve, args=(home, base, max_bytes, target, at), daemon=True)
    process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join()


def _swap_and_die(home: Path, base: Path, max_bytes: int | None, target: str, at: int, oracle: Oracle) -> bool:
    """Start, see that a whole checkpoint answers, swap to ``target``; return whether it lived to tell."""
    before = Shelf(home).current()
    with _worker(home, base, max_bytes, target, at) as process:
        until((home / "worker.json").exists, seconds=60)
        url = (home / "worker.json").read_text(encoding="utf-8").split('"')[3]
        with httpx.Client(base_url=url, timeout=60) as client:
            until(lambda: client.get("/readyz").status_code == 200, seconds=60)
            answer = client.post("/v1/chat/completions", json=BODY).json()
            assert answer["model"] == before
            if before != "full":
                assert answer["choices"][0]["message"]["content"] == oracle.answer(before or "", BODY).text
            try:
                assert client.post("/senpai/use", json={"checkpoint": target}).status_code == 200
            except httpx.TransportError:
                process.join(30)
                assert process.exitcode == -signal.SIGKILL
                return False
    return True


def _die_at_every(home: Path, base: Path, max_bytes: int | None, other: str, step: int, oracle: Oracle) -> int:
    """Kill swaps between aoi and ``other`` at every ``step``-th operation; return how many were killed.

    Each start finds what the kill before has left, and must answer with it.
    """
    shelf = Shelf(home)
    shelf.use("aoi", who="test")
    for num_killed in count():
        before, num_changes = shelf.current(), len(shelf.history())
        target = other if before == "aoi" else "aoi"
        has_lived = _swap_and_die(home, base, max_bytes, target, 1 + num_killed * step, oracle)
        after, changes = shelf.current(), shelf.history()[num_changes:]
        assert [change.to for change in changes] == ([target] if after == target else [])
        assert after in (before, target)
        verify(shelf.get(after or ""))
        if has_lived:
            assert after == target
            return num_killed
    raise AssertionError


def test_killed_while_an_adapter_takes_over(home: Path, base: Path, oracle: Oracle) -> None:
    assert _die_at_every(home, base, None, "ren", 12, oracle) >= 2


@pytest.mark.slow
def test_killed_at_every_single_operation_while_an_adapter_takes_over(home: Path, base: Path, oracle: Oracle) -> None:
    assert _die_at_every(home, base, None, "ren", 1, oracle) >= 20


@pytest.mark.slow
def test_killed_while_one_model_leaves_for_another(home: Path, base: Path, oracle: Oracle) -> None:
    _save_full(home, base)
    assert _die_at_every(home, base, _one_fits(base), "full", 3, oracle) >= 10
