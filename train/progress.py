"""What a long run tells whoever watches it. Does not know how it is shown."""

from collections.abc import Mapping
from typing import Any, Protocol


class Progress(Protocol):
    """Stages follow each other; within one, ``advance`` is called ``total`` times."""

    def stage(self, name: str, total: int) -> None:
        """Begin the next stage: ``name`` is one English word, ``total`` the number of its steps."""

    def advance(self, **figures: float) -> None:
        """One step of the stage is done; ``figures`` are what it measured, such as its loss."""

    def look(self, line: Mapping[str, Any]) -> None:
        """The model was looked at: ``line`` holds step, held_out, failed, metrics and film, as in metrics.jsonl."""


class Silent:
    """Progress that nobody watches."""

    def stage(self, name: str, total: int) -> None:
        pass

    def advance(self, **figures: float) -> None:
        pass

    def look(self, line: Mapping[str, Any]) -> None:
        pass
