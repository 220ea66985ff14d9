"""What a checkpoint is measured with: bundled questions, and the persona's own lines where the data is at hand.

Knows the bundled files, a persona's probes and other chat openings. Does not know models or metrics.
"""

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

from model.conversation import Conversation, Role, Turn
from train.conversations import MONOLOGUE, Said
from train.evaluate.jglue import Jglue
from train.evaluate.memory import spread

ARTICLE = ("日本の首都は", "あなたの趣味は")
"""What the original experiment asked its models; each is asked plainly and behind the mark of an instruction."""
INSTRUCTION = "###指示："
PROBES = "probes.toml"
"""A persona's own probes, beside its persona.toml and in its checkpoint."""


class ProbesError(ValueError):
    """A file of probes or chat openings cannot be used; the message names the file and what is wrong."""


@dataclass(frozen=True, slots=True)
class Probe:
    """A question and every spelling that counts as right."""

    question: str
    accepted: tuple[str, ...]

    def is_right(self, reply: str) -> bool:
        return any(answer in reply for answer in self.accepted)


@dataclass(frozen=True, slots=True)
class Questions:
    """What everybody is asked: chat openings, general-knowledge probes, and neutral sentences to be found likely."""

    prompts: Sequence[str]
    probes: Sequence[Probe]
    sentences: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """``system`` is the persona's system turn; ``training`` and ``held_out`` are its lines, empty when unknown.

    ``persona_probes`` ask what only the persona knows; ``with_cards`` returns the system turn that serving puts before
    a question, with the fact cards it recalls. ``has_bare_recitals`` asks for lines outside any conversation as well.
    """

    system: str
    questions: Questions
    training: Sequence[str] = ()
    held_out: Sequence[Said] = ()
    persona_probes: Sequence[Probe] = ()
    jglue: Jglue | None = None
    with_cards: Callable[[str], str] | None = None
    has_bare_recitals: bool = True

    def in_persona(self, question: str) -> Conversation:
        """Return the conversation serving would send when no card is recalled."""
        return _asked(self.system, question)

    def carded(self, question: str) -> Conversation:
        """Return the conversation serving would send with its cards."""
        return _asked(self.with_cards(question) if self.with_cards else self.system, question)

    def held_out_conversations(self) -> list[Conversation]:
        """Return each held-out line as the answer to what it did answer, or to one fixed invitation."""
        return [self.in_persona(said.parent or MONOLOGUE[0]).then(Role.ASSISTANT, said.text) for said in self.held_out]

    def few(self, *, prompts: int = 8, probes: int = 30, sentences: int = 60) -> "Material":
        """Return material for a look during a run: that many of each, spread evenly, and no probes of the persona."""
        own = self.questions
        some = Questions(spread(own.prompts, prompts), spread(own.probes, probes), spread(own.sentences, sentences))
        return replace(self, questions=some, persona_probes=(), jglue=None, has_bare_recitals=False)


def _asked(system: str, question: str) -> Conversation:
    head = (Turn(Role.SYSTEM, system),) if system else ()
    return Conversation((*head, Turn(Role.USER, question)))


def neutral(question: str) -> Conversation:
    """Return a conversation without the persona."""
    return _asked("", question)


def bundled() -> Questions:
    """Return the 40 chat openings, 66 probes and 231 neutral sentences that come with the project."""
    rows = tomllib.loads(_bundled("probes.toml"))["probes"]
    probes = tuple(Probe(question, tuple(accepted)) for question, *accepted in rows)
    return Questions(_bundled_lines("prompts.txt"), probes, _bundled_lines("sentences.txt"))


def read_persona_probes(path: Path) -> tuple[Probe, ...]:
    """Return a persona's probes, one for each way of asking. Raises ProbesError."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))["probes"]
        return tuple(Probe(question, tuple(table["accepted"])) for table in tables for question in table["questions"])
    except FileNotFoundError:
        raise ProbesError(f"{path} does not exist: write one like examples/senpai/probes.toml.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProbesError(f"{path} is not readable TOML: {error}.") from None
    except (KeyError, TypeError):
        raise ProbesError(f"{path}: each [[probes]] needs questions and accepted, both lists of texts.") from None


def read_prompts(path: Path) -> tuple[str, ...]:
    """Return the chat openings of a file, one from each line with words on it. Raises ProbesError."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        raise ProbesError(f"{path} cannot be read as text: name a file of chat openings, one a line.") from None
    if openings := tuple(line.strip() for line in lines if line.strip()):
        return openings
    raise ProbesError(f"{path} holds no chat opening: write one a line.")


def _bundled_lines(name: str) -> tuple[str, ...]:
    return tuple(_bundled(name).split("\n")[:-1])


def _bundled(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
