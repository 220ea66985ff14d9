"""Looks at this machine: ports, disk, memory, GPU, compiler, and who may read .env. Knows no platform."""

import os
import shutil
import socket
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.doctor.findings import Finding, fail, ok, warn
from bot.settings import Settings
from model.compiler import c_compiler
from model.memory import free_bytes

GIB = 2**30


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Where to look, and what is enough. ``is_running`` says that the bot itself holds its ports just now.

    ``root`` is where Linux keeps what it says of itself.
    """

    env_file: Path = Path(".env")
    root: Path = Path("/")
    least_disk_bytes: int = 2 * GIB
    least_memory_bytes: int = GIB
    is_running: bool = False


def check_machine(settings: Settings, machine: Machine) -> Iterator[Finding]:
    """Yield what is found."""
    yield _env_file(machine.env_file)
    yield from _disk(settings.senpai_home, machine.least_disk_bytes)
    yield _memory(machine)
    yield _gpu(settings.senpai_device)
    if not settings.senpai_device.startswith("cuda") and not settings.senpai_worker_url:
        yield from _compiler(machine.root)
    yield _port(settings.senpai_console_port, settings.senpai_console_host, "SENPAI_CONSOLE_PORT", machine.is_running)
    if settings.line_channel_access_token:
        yield _port(settings.line_port, "127.0.0.1", "LINE_PORT", machine.is_running)


def _env_file(path: Path) -> Finding:
    if not path.exists():
        return ok("env_file.absent")
    if path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH | stat.S_IWGRP | stat.S_IWOTH):
        return fail("env_file.open", path=path)
    return ok("env_file.private")


def _disk(home: Path, least_bytes: int) -> Iterator[Finding]:
    existing = next(path for path in (home.absolute(), *home.absolute().parents) if path.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        yield fail("disk.not_writable", path=existing)
        return
    free = shutil.disk_usage(existing).free
    shown = {"free": f"{free / GIB:.1f}", "least": f"{least_bytes / GIB:.1f}"}
    yield ok("disk.enough", **shown) if free >= least_bytes else fail("disk.full", path=existing, **shown)


def _memory(machine: Machine) -> Finding:
    available = free_bytes(machine.root)
    shown = {"free": f"{available / GIB:.1f}", "least": f"{machine.least_memory_bytes / GIB:.1f}"}
    is_enough = available >= machine.least_memory_bytes or machine.is_running
    return ok("memory.enough", **shown) if is_enough else warn("memory.low", **shown)


def _gpu(device: str) -> Finding:
    """Ask the driver's own tool: the bot never loads torch. A driver that answers is what torch needs too."""
    tool = shutil.which("nvidia-smi")
    query = ("--query-gpu=name,memory.free", "--format=csv,noheader")
    try:
        done = subprocess.run([tool or "", *query], capture_output=True, text=True, timeout=10, check=False)
        found = done.stdout.strip() if done.returncode == 0 else ""
    except (OSError, subprocess.TimeoutExpired):
        found = ""
    if found:
        return ok("gpu.found", gpu=found.splitlines()[0])
    return fail("gpu.missing", device=device) if device.startswith("cuda") else ok("gpu.none")


def _compiler(root: Path) -> Iterator[Finding]:
    """Yield whether the worker can compile its kernel, on a CPU that it is for."""
    processor = root / "proc" / "cpuinfo"
    flags = processor.read_text(encoding="utf-8").split() if processor.exists() else []
    if "avx512_bf16" in flags and "amx_tile" not in flags:
        yield ok("compiler.found" if c_compiler() else "compiler.none")


def _port(port: int, host: str, setting: str, is_running: bool) -> Finding:
    values = {"port": port, "setting": setting}
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError:
        return ok("port.ours", **values) if is_running else fail("port.taken", **values)
    return ok("port.free", **values)
