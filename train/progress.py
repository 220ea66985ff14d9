"""What a long run tells whoever watches it. Does not know how it is shown."""

from typing import Protocol


class Progress(Protocol):
    """Stages follow each other; within one, ``advance`` is called ``total`` times."""

    def stage(self, name: str, total: int) -> None:
        """Begin the next stage: ``name`` is one English word, ``total`` the number of its steps."""

    def advance(self, **figures: float) -> None:
        """One step of the stage is done; ``figures`` are what it measured, such as its loss."""


class Silent:
    """Progress that nobody watches."""

    def stage(self, name: str, total: int) -> None:
        pass

    def advance(self, **figures: float) -> None:
        pass
