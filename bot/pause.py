"""Whether the bot rests: it still takes messages in, and says that it rests. Knows one file; decides nothing.

A file and not a variable, so that a restart wakes nobody.
"""

from pathlib import Path


class Pause:
    """Begun and ended by administrators."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def is_on(self) -> bool:
        """Whether the bot rests now."""
        return self._path.exists()

    def begin(self) -> None:
        """Rest until ``end``."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.touch()

    def end(self) -> None:
        """Answer again."""
        self._path.unlink(missing_ok=True)
