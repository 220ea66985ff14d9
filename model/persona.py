"""The imitated person as the bot knows them, read from persona.toml.

Knows the name, how the system prompt reads and which facts may be told. Does not know the adapter or any platform.
"""

import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from model.sampling import Sampling


class PersonaError(ValueError):
    """persona.toml cannot be used; the message names the file and the field."""


class Fact(BaseModel):
    """One card: a topic people ask about, what the persona would say to it, and other words for the topic."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    topic: str = Field(min_length=1)
    text: str = Field(min_length=1)
    aliases: tuple[str, ...] = ()


class Persona(BaseModel):
    """A person who consented to be imitated.

    ``aliases`` maps a word people use to the one the persona uses (雀荘 to 麻雀). At most ``max_examples`` of the
    persona's own utterances stand among the recalled facts; ``unknown`` stands there for what nobody has told.
    ``sampling`` holds only the fields the persona wants to change.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1)
    system_prompt: str = "あなたは常体で応答します。"
    call_names: tuple[str, ...] = ()
    stop: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    aliases: dict[str, str] = Field(default_factory=dict)
    max_examples: int = Field(2, ge=0, le=3)
    unknown: str = Field("知らない", min_length=1)
    sampling: dict[str, Any] = Field(default_factory=dict)

    def system_text(self, facts: tuple[Fact, ...] = ()) -> str:
        """Return the system turn: the prompt, then what was recalled, one card a line. Training and serving use it."""
        cards = "".join(f"\n{fact.topic}：{fact.text}" for fact in facts)
        return self.system_prompt + cards

    def default_sampling(self) -> Sampling:
        """Return the sampling of a request that asks for nothing of its own."""
        return Sampling.model_validate({"stop": self.stop, **self.sampling})


def load_persona(path: Path) -> Persona:
    """Read persona.toml. Raises PersonaError when the file is absent, broken or lacks a field."""
    try:
        persona = Persona.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
        persona.default_sampling()
    except FileNotFoundError:
        raise PersonaError(f'{path} does not exist: write one with at least name = "...".') from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PersonaError(f"{path} is not readable TOML: {error}.") from None
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise PersonaError(f"{path}: field {field!r} is wrong: {first['msg']}.") from None
    return persona
