"""Which model answers on a server that keeps no choice itself: ``HOME/elsewhere/current`` and ``history.jsonl``.

Knows names and two files in the form of the shelf's own. Does not know servers, or whether a name exists there. Apart
from the shelf's choice, so that coming back to a worker of our own finds that as it was left.
"""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from model.files import write_beside


class Choice:
    """The choice and its history. Several processes may use it at once."""

    def __init__(self, home: Path) -> None:
        """Look into ``home/elsewhere``; nothing is created before something is chosen."""
        self._folder = home / "elsewhere"

    def current(self) -> str | None:
        """Return what was chosen last, None before the first choice."""
        try:
            return (self._folder / "current").read_text(encoding="utf-8").strip() or None
        except FileNotFoundError:
            return None

    def earlier(self) -> str | None:
        """Return what answered last before the current one; going there twice comes back here."""
        current = self.current()
        names = (change["from"] for change in reversed(self._history()))
        return next((name for name in names if name and name != current), None)

    def make(self, name: str, *, before: str | None, who: str, forced: bool) -> None:
        """Choose ``name`` and write down who did; ``before`` is what answered until now."""
        change = {"at": datetime.now(UTC).isoformat(), "who": who, "from": before, "to": name, "forced": forced}
        with self._locked():
            lines = [*self._history(), change]
            text = "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines)
            write_beside(self._folder / "history.jsonl", text)
            write_beside(self._folder / "current", f"{name}\n")

    def _history(self) -> list[dict[str, Any]]:
        try:
            lines = (self._folder / "history.jsonl").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        return [json.loads(line) for line in lines if line]

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
