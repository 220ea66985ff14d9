"""What a checkpoint is measured with: bundled questions, and the persona's own lines where the data is at hand.

Knows the bundled files. Does not know models or metrics.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from model.conversation import Conversation, Role, Turn
from train.conversations import MONOLOGUE, Said


@dataclass(frozen=True, slots=True)
class Probe:
    """A question and every spelling that counts as right."""

    question: str
    accepted: tuple[str, ...]

    def is_right(self, reply: str) -> bool:
        return any(answer in reply for answer in self.accepted)


@dataclass(frozen=True, slots=True)
class Questions:
    """What everybody is asked: chat openings, and general-knowledge probes."""

    prompts: Sequence[str]
    probes: Sequence[Probe]


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """``system`` is the persona's system turn; ``training`` and ``held_out`` are its lines, empty when unknown."""

    system: str
    questions: Questions
    training: Sequence[str] = ()
    held_out: Sequence[Said] = ()

    def in_persona(self, question: str) -> Conversation:
        """Return the conversation serving would send."""
        head = (Turn(Role.SYSTEM, self.system),) if self.system else ()
        return Conversation((*head, Turn(Role.USER, question)))

    def held_out_conversations(self) -> list[Conversation]:
        """Return each held-out line as the answer to what it did answer, or to one fixed invitation."""
        return [self.in_persona(said.parent or MONOLOGUE[0]).then(Role.ASSISTANT, said.text) for said in self.held_out]


def neutral(question: str) -> Conversation:
    """Return a conversation without the persona."""
    return Conversation((Turn(Role.USER, question),))


def bundled() -> Questions:
    """Return the 40 chat openings and 66 probes that come with the project."""
    rows = tomllib.loads(_bundled("probes.toml"))["probes"]
    probes = tuple(Probe(question, tuple(accepted)) for question, *accepted in rows)
    return Questions(tuple(_bundled("prompts.txt").split("\n")[:-1]), probes)


def _bundled(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
