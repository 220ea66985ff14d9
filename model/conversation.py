"""Turns of a conversation, oldest first, as the model is shown them.

Knows roles and their order. Does not know tokens, templates, platforms or who an author is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class ConversationError(ValueError):
    """The turns do not form a conversation a model can answer."""


class Role(StrEnum):
    """Who speaks, in the words of chat templates."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True)
class Turn:
    """What one side said before the other spoke."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """At most one system turn, at the head, then user and assistant turns.

    Raises ConversationError when a system turn stands elsewhere.
    """

    turns: tuple[Turn, ...]

    def __post_init__(self) -> None:
        if any(turn.role is Role.SYSTEM for turn in self.turns[1:]):
            raise ConversationError("A system turn may only stand first: move it to the head of the conversation.")

    @classmethod
    def from_messages(cls, messages: Iterable[Mapping[str, str]]) -> Self:
        """Read ``{"role", "content"}`` messages; neighbours of one role become one turn.

        Raises ConversationError for a role that is none of system, user, assistant.
        """
        turns: list[Turn] = []
        for message in messages:
            turn = Turn(_role(message["role"]), message["content"])
            if turns and turns[-1].role is turn.role:
                turn = Turn(turn.role, f"{turns.pop().text}\n{turn.text}")
            turns.append(turn)
        return cls(tuple(turns))

    def to_messages(self) -> list[dict[str, str]]:
        """Return the ``{"role", "content"}`` messages that chat templates and OpenAI's API take."""
        return [{"role": turn.role.value, "content": turn.text} for turn in self.turns]

    def then(self, role: Role, text: str) -> "Conversation":
        """Return this conversation with one more turn."""
        return Conversation((*self.turns, Turn(role, text)))

    def after(self, exchanges: Iterable[tuple[str, str]]) -> "Conversation":
        """Return this conversation as it goes on after others, each a remark and what was replied to it."""
        num_system = sum(turn.role is Role.SYSTEM for turn in self.turns)
        said = (turn for remark, reply in exchanges for turn in (Turn(Role.USER, remark), Turn(Role.ASSISTANT, reply)))
        return Conversation((*self.turns[:num_system], *said, *self.turns[num_system:]))


def _role(name: str) -> Role:
    try:
        return Role(name)
    except ValueError:
        raise ConversationError(f"Unknown role {name!r}: use system, user or assistant.") from None
