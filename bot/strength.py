"""How much of the adapter has a say in every answer, when an administrator wants less or more. Knows one file.

A file and not a variable, so that a restart changes nobody's voice.
"""

from pathlib import Path

USUAL, LEAST, MOST = 1.0, 0.0, 1.5
"""What the checkpoint's report measured, and how far a worker goes from there."""


class NoStrength(ValueError):
    """The number is none a worker takes."""


class Strength:
    """Set by administrators."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> float:
        """Return the strength that is asked for now."""
        try:
            return _checked(self._path.read_text(encoding="utf-8"))
        except (FileNotFoundError, NoStrength):
            return USUAL

    def set(self, written: str) -> float:
        """Ask for this much from now on; return it. Raises NoStrength."""
        strength = _checked(written)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(f"{strength}\n", encoding="utf-8")
        return strength


def _checked(written: str) -> float:
    try:
        strength = float(written)
    except ValueError:
        raise NoStrength from None
    if not LEAST <= strength <= MOST:
        raise NoStrength
    return strength
