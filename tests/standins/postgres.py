"""A real PostgreSQL server for tests, out of Debian's packages: started in a temporary folder, gone afterwards.

Knows initdb and postgres. Does not know the bot's tables. The server refuses to run as root, so root hands it to the
account ``postgres``, or ``nobody`` where there is none.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

PACKAGES = Path("/usr/lib/postgresql")
STARTED_S = 30
_serial = count(1)


class Postgres:
    """One running server; every test takes a database of its own."""

    def __init__(self, folder: Path, port: int) -> None:
        self._folder = folder
        self._where = ["-h", "127.0.0.1", "-p", str(port), "-U", "senpai"]
        self._url = f"postgresql+asyncpg://senpai@127.0.0.1:{port}"

    def new_database(self) -> str:
        """Return the URL of an empty database."""
        name = f"senpai_{next(_serial)}"
        subprocess.run([self._folder / "createdb", *self._where, name], check=True)
        return f"{self._url}/{name}"

    def is_open(self) -> bool:
        """Tell whether the server answers."""
        asked = [self._folder / "pg_isready", "-q", "-d", "postgres", *self._where]
        return subprocess.run(asked, check=False).returncode == 0


def programs() -> Path | None:
    """Return the folder with initdb and postgres of the newest version here; None where there is none."""
    found = shutil.which("initdb")
    folders = [*PACKAGES.glob("*/bin"), *([Path(found).resolve().parent] if found else [])]
    usable = [folder for folder in folders if (folder / "initdb").exists() and (folder / "postgres").exists()]
    return max(usable, key=lambda folder: (len(folder.parent.name), folder.parent.name), default=None)


@contextmanager
def running(folder: Path) -> Iterator[Postgres]:
    """Run a server of the programs in ``folder`` while inside."""
    with tempfile.TemporaryDirectory(prefix="senpai-postgres-") as home, socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        free.close()
        as_whom = _unprivileged(Path(home))
        data = f"{home}/data"
        initdb = [f"{folder}/initdb", "-D", data, "-U", "senpai", "-A", "trust", "-N", "-E", "UTF8", "--locale=C"]
        subprocess.run([*as_whom, *initdb], check=True, capture_output=True, cwd=home)
        quick = ["-F", "-c", "max_connections=60", "-c", "shared_buffers=16MB"]
        command = [f"{folder}/postgres", "-D", data, "-h", "127.0.0.1", "-p", str(port), "-k", home, *quick]
        process = subprocess.Popen([*as_whom, *command], cwd=home, stderr=subprocess.DEVNULL)
        try:
            _wait_until_open(process, server := Postgres(folder, port))
            yield server
        finally:
            process.send_signal(signal.SIGINT)  # fast: who is still connected is cut off
            process.wait(timeout=30)


def _unprivileged(home: Path) -> list[str]:
    """Return the beginning of a command that runs as somebody else than root, to whom ``home`` then belongs."""
    if os.geteuid() != 0:
        return []
    names = {account.pw_name for account in pwd.getpwall()}
    account = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    os.chown(home, account.pw_uid, account.pw_gid)
    return ["setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]


def _wait_until_open(process: subprocess.Popen[bytes], server: Postgres) -> None:
    for _ in range(STARTED_S * 20):
        assert process.poll() is None, "the PostgreSQL server ended at once"
        if server.is_open():
            return
        time.sleep(0.05)
    raise TimeoutError
