"""What crosses the wire between the bot and the worker: OpenAI's chat API and the few doors beside it.

Knows JSON shapes only. Does not know HTTP servers or clients, prompts or tensors.
"""

import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from model.persona import Persona
from model.sampling import Sampling

CURRENT = "current"
"""The model name that means: whatever checkpoint answers now."""

ADDRESS_FILE = "worker.json"
"""In SENPAI_HOME while a worker listens: ``{"url", "pid"}``."""

BASE_PREFIX = "base:"
"""``base:NAME`` names a bare base without an adapter."""

SWAPPING = "swapping"
"""The error code of a 503 while one model leaves for another: worth waiting for."""

FinishReason = Literal["stop", "length", "cancelled", "deadline"]


class Body(BaseModel):
    """What a request may hold. Half a surrogate pair, which JSON can carry and nothing else can, is refused."""

    @model_validator(mode="before")
    @classmethod
    def _is_text(cls, value: Any) -> Any:
        try:
            json.dumps(value, ensure_ascii=False, default=str).encode()
        except UnicodeEncodeError:
            raise ValueError("A text holds half of a surrogate pair: send whole characters") from None
        return value


class Message(BaseModel):
    """One message of a chat request."""

    model_config = ConfigDict(extra="ignore")

    role: str
    content: str


class ChatRequest(Body):
    """``POST /v1/chat/completions``. A sampling field left out takes the checkpoint's own default."""

    model_config = ConfigDict(extra="ignore")

    model: str = CURRENT
    messages: list[Message] = Field(min_length=1)
    stream: bool = False
    stream_options: dict[str, bool] | None = None
    user: str | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    repetition_penalty: float | None = None
    no_repeat_ngram_size: int | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    seed: int | None = None
    stop: str | list[str] | None = None
    deadline_s: float | None = None
    strength: float | None = None

    @property
    def has_usage(self) -> bool:
        """Return whether a stream should end with a chunk that carries the usage."""
        return bool((self.stream_options or {}).get("include_usage"))

    def sampling(self, defaults: Sampling) -> Sampling:
        """Return ``defaults`` with this request's own fields laid over them.

        Raises pydantic.ValidationError when a number is outside its range. Stop strings are added, not replaced.
        """
        own = {name: getattr(self, name) for name in Sampling.model_fields if name != "stop"}
        own["max_tokens"] = self.max_completion_tokens or self.max_tokens
        asked = [self.stop] if isinstance(self.stop, str) else (self.stop or [])
        merged = defaults.model_dump() | {name: value for name, value in own.items() if value is not None}
        merged["stop"] = (*defaults.stop, *asked)
        return Sampling.model_validate(merged)


class Usage(BaseModel):
    """Tokens of one request."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class Status(BaseModel):
    """``GET /senpai/status``."""

    current: str | None
    loaded: list[str]
    queue: int
    running: int
    swapping: str | None
    device: str
    quantization: str


class CheckpointCard(BaseModel):
    """``GET /senpai/checkpoints/NAME``: as whom a checkpoint speaks, and its consent.toml; a bare base has neither."""

    checkpoint: str
    persona: Persona | None = None
    consent: str | None = None


class UseRequest(Body):
    """``POST /senpai/use``. ``force`` serves a checkpoint whose gate failed; ``who`` goes into the history."""

    model_config = ConfigDict(extra="forbid")

    checkpoint: str
    force: bool = False
    who: str = "api"


class RollbackRequest(Body):
    """``POST /senpai/rollback``."""

    model_config = ConfigDict(extra="forbid")

    who: str = "api"


class ForgetRequest(Body):
    """``POST /senpai/forget``: this checkpoint is to answer no more."""

    model_config = ConfigDict(extra="forbid")

    checkpoint: str


class Swapped(BaseModel):
    """Answer of use and rollback: which checkpoint answers now, and which one did before."""

    current: str
    previous: str | None


def error_body(message: str, kind: str, code: str | None = None) -> dict[str, Any]:
    """Return an error in OpenAI's form."""
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}
