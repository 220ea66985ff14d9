"""How much of the machine's memory is this process's to take: what is free, and what its container leaves of that.

Knows what Linux says of memory and control groups (version 1 and 2, man 7 cgroups). Does not know GPUs or models.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path("/")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Files:
    """What the files of one version are called; ``reclaimable`` is the line of memory.stat that counts as free."""

    mount: str
    limit: str
    used: str
    reclaimable: str


_V1 = _Files(
    mount="sys/fs/cgroup/memory",
    limit="memory.limit_in_bytes",
    used="memory.usage_in_bytes",
    reclaimable="total_inactive_file",
)
_V2 = _Files(mount="sys/fs/cgroup", limit="memory.max", used="memory.current", reclaimable="inactive_file")


def free_bytes(root: Path = _ROOT) -> int:
    """Return how much can be taken now: the least of what the machine and each group around this process has free.

    ``root`` is where the files of Linux begin; where there are none, half of the machine's memory counts as free.
    """
    meminfo = root / "proc/meminfo"
    if not meminfo.is_file():
        return _physical_bytes() // 2
    available = _line(meminfo, "MemAvailable:") * 1024
    return min([available, *(max(0, limit - used) for limit, used in _groups(root))])


def total_bytes(root: Path = _ROOT) -> int:
    """Return how much there is at all: the machine's memory, or less where a container allows less."""
    return min([_physical_bytes(), *(limit for limit, _ in _groups(root))])


def _groups(root: Path) -> Iterator[tuple[int, int]]:
    """Yield (limit, bytes in use that cannot be reclaimed) of this process's group and those around it."""
    path = root / "proc/self/cgroup"
    lines = path.read_text("ascii", "replace").splitlines() if path.is_file() else []
    for line in lines:
        _, controllers, name = line.split(":", 2)
        if not controllers or "memory" in controllers.split(","):
            files = _V1 if controllers else _V2
            mount = root / files.mount
            own = mount / name.strip("/")  # inside a container often not there: then the mount itself is the group
            for folder in (own, *(each for each in own.parents if each.is_relative_to(mount))):
                yield from _limit(folder, files)


def _limit(folder: Path, files: _Files) -> Iterator[tuple[int, int]]:
    limit, used = folder / files.limit, folder / files.used
    if limit.is_file() and used.is_file() and (text := limit.read_text("ascii").strip()).isdecimal():
        yield int(text), int(used.read_text("ascii")) - _line(folder / "memory.stat", files.reclaimable)


def _line(path: Path, name: str) -> int:
    """Return the number behind ``name``, 0 where no line begins so."""
    lines = path.read_text("ascii").splitlines() if path.is_file() else []
    return next((int(line.split()[1]) for line in lines if line.split()[:1] == [name]), 0)


def _physical_bytes() -> int:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
