"""How the next token is chosen, and how much of the adapter has a say. Knows numbers and ranges, not tensors."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

MAX_COUNT = 1_000_000
"""More tokens than any vocabulary or row has; beyond it a number would not survive the way through a tensor."""
_COLDEST = 0.01


def _warm(temperature: float) -> float:
    """Refuse what would divide scores until they are not finite; a smaller one means greedy, and that is 0."""
    if 0 < temperature < _COLDEST:
        raise ValueError(f"use 0 for greedy or at least {_COLDEST}")
    return temperature


class Sampling(BaseModel):
    """Sampling of one request; every field has the meaning it has in OpenAI's API or in transformers.

    ``temperature`` 0 means greedy. ``seed`` None means a fresh one for each request. ``deadline_s`` counts from
    the moment the worker accepted the request. ``strength`` is a factor on the scale the adapter was published with:
    0 is the bare base, 1 what its report measured; without an adapter it means nothing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_tokens: int = Field(64, ge=1, le=MAX_COUNT)
    temperature: Annotated[float, Field(ge=0, le=2), AfterValidator(_warm)] = 0.8
    top_p: float = Field(0.95, ge=1e-4, le=1)
    top_k: int = Field(0, ge=0, le=MAX_COUNT)
    repetition_penalty: float = Field(1.05, ge=0.1, le=2)
    no_repeat_ngram_size: int = Field(0, ge=0, le=MAX_COUNT)
    frequency_penalty: float = Field(0.0, ge=-2, le=2)
    presence_penalty: float = Field(0.0, ge=-2, le=2)
    seed: int | None = None
    stop: tuple[str, ...] = ()
    deadline_s: float | None = Field(None, gt=0)
    strength: float = Field(1.0, ge=0, le=1.5)
