"""How the next token is chosen, and how much of the adapter has a say. Knows numbers and ranges, not tensors."""

from pydantic import BaseModel, ConfigDict, Field


class Sampling(BaseModel):
    """Sampling of one request; every field has the meaning it has in OpenAI's API or in transformers.

    ``temperature`` 0 means greedy. ``seed`` None means a fresh one for each request. ``deadline_s`` counts from
    the moment the worker accepted the request. ``strength`` is a factor on the scale the adapter was published with:
    0 is the bare base, 1 what its report measured; without an adapter it means nothing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_tokens: int = Field(64, ge=1)
    temperature: float = Field(0.8, ge=0, le=2)
    top_p: float = Field(0.95, gt=0, le=1)
    top_k: int = Field(0, ge=0)
    repetition_penalty: float = Field(1.05, gt=0, le=2)
    no_repeat_ngram_size: int = Field(0, ge=0)
    frequency_penalty: float = Field(0.0, ge=-2, le=2)
    presence_penalty: float = Field(0.0, ge=-2, le=2)
    seed: int | None = None
    stop: tuple[str, ...] = ()
    deadline_s: float | None = Field(None, gt=0)
    strength: float = Field(1.0, ge=0, le=1.5)
