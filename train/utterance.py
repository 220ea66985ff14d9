"""Defines the utterance: one thing one person said, as found in a source.

Knows the fields, how they are written as JSON and how an id comes about. Does not know any source format, nor what is
done to the text afterwards.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """One thing one person said.

    ``locator`` is the place inside ``source`` where a human finds it again; ``parent`` is the text it answers;
    utterances that belong together (a thread, one stretch of a talk) share ``thread``.
    """

    id: str
    text: str
    speaker: str | None
    said_at: datetime | None
    source: str
    locator: str
    parent: str | None = None
    thread: str | None = None

    def __post_init__(self) -> None:
        if self.said_at is not None and self.said_at.tzinfo is None:
            raise ValueError(f"said_at of {self.source}, {self.locator} has no time zone; give it one.")

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON values: ``said_at`` in ISO 8601."""
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return fields | {"said_at": self.said_at.isoformat() if self.said_at else None}

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> Self:
        """Read back what `to_dict` wrote; further fields are ignored. Raises KeyError or ValueError."""
        said_at = fields["said_at"]
        known = {name: fields[name] for name in cls.__dataclass_fields__}
        return cls(**known | {"said_at": datetime.fromisoformat(said_at) if said_at else None})


@dataclass(frozen=True, slots=True)
class Dropped:
    """An utterance that is not used, and why, as one word such as ``retweet``."""

    utterance: Utterance
    reason: str

    def to_dict(self) -> dict[str, Any]:
        return self.utterance.to_dict() | {"reason": self.reason}


def utterance_id(source: str, locator: str) -> str:
    """Return the id of what stands at ``locator`` in ``source``: the same in every build."""
    return hashlib.sha256(f"{source}\0{locator}".encode()).hexdigest()[:16]
