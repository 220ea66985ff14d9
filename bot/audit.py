"""The log of what administrators did: one JSON object a line, only ever appended to. Knows no commands."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path


class Audit:
    """Writes ``audit.jsonl``; a line is on the disk before ``record`` returns."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def record(self, *, who: str, platform: str, what: str, result: str) -> None:
        """Append who did what, where, and how it ended."""
        entry = {"at": datetime.now(UTC).isoformat(), "who": who, "platform": platform, "what": what, "result": result}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())
