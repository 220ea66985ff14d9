"""Hyperparameters of a run, read from TOML. Knows names, ranges and defaults, not what they do to a tensor.

The numbers and the evidence for them are those of docs/training.md; a recipe file says in comments what its fields do.
"""

import hashlib
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from model.sampling import Sampling

Method = Literal["lora", "qlora", "full"]

RECIPES = Path(__file__).with_name("recipes")
NUM_VIEWS = 3
"""How many ways of being asked an utterance has on average: what it answered, questions, invitations."""


class RecipeError(ValueError):
    """A recipe cannot be used; the message names the file and the field."""


def _servable(sampling: dict[str, Any]) -> dict[str, Any]:
    """Refuse what serving would refuse, before anything is tuned."""
    try:
        Sampling.model_validate(sampling)
    except ValidationError as error:
        raise ValueError(_problems(error)) from None
    return sampling


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Adapter(_Table):
    """The LoRA weights: which layers get them and how large they are."""

    r: int = Field(16, ge=1)
    alpha: int = Field(32, ge=1)
    dropout: float = Field(0.1, ge=0, lt=1)
    target: str | tuple[str, ...] = "all-linear"
    layers: tuple[int, ...] | None = None
    use_rslora: bool = False
    use_dora: bool = False


class Views(_Table):
    """Weight of each way to put an utterance into a conversation; 0 switches a view off."""

    real: float = Field(1.0, ge=0)
    asked: float = Field(0.6, ge=0)
    rewritten: float = Field(0.2, ge=0)
    monologue: float = Field(0.2, ge=0)


class Anchors(_Table):
    """Replay of the base's own answers: rows of each lane per step, and the weight of KL(base‖model).

    ``facts`` of the persona lane's rows ask for a fact card that stands in their prompt.
    """

    neutral: int = Field(8, ge=0)
    persona: int = Field(8, ge=0)
    facts: int = Field(2, ge=0)
    kl: float = Field(1.0, ge=0)
    max_tokens: int = Field(48, ge=1)


class Recipe(_Table):
    """Everything that, with the data and the seed, decides the weights that come out."""

    name: str = Field(min_length=1)
    method: Method = "lora"
    adapter: Adapter = Adapter()
    views: Views = Views()
    anchors: Anchors = Anchors()
    is_instruct: bool = False
    raw_lines: bool = False
    end_token: bool = True
    learning_rate: float = Field(2e-4, gt=0)
    schedule: Literal["cosine", "linear"] = "cosine"
    final_share: float = Field(0.1, ge=0, le=1)
    warm_up: int = Field(10, ge=0)
    weight_decay: float = Field(0.01, ge=0)
    clip: float = Field(1.0, gt=0)
    batch: int = Field(16, ge=1)
    accumulate: int = Field(1, ge=1)
    pad_to: Literal["batch", "data"] = "batch"
    epochs: float = Field(4.0, gt=0)
    max_steps: int = Field(300, ge=1)
    max_len: int = Field(256, ge=8)
    probe_every: int = Field(10, ge=1)
    patience: int = Field(4, ge=0)
    keep: Literal["best", "last"] = "best"
    strengths: tuple[Annotated[float, Field(gt=0, le=2)], ...] = ()
    sampling: Annotated[dict[str, Any], AfterValidator(_servable)] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _can_be_served(self) -> "Recipe":
        if self.method == "qlora" and self.adapter.use_dora:
            raise ValueError("a DoRA adapter is served merged, which 4-bit weights do not bear: use lora or full")
        return self

    def with_method(self, method: Method) -> "Recipe":
        """Return the recipe for another method. Raises RecipeError where they do not go together."""
        try:
            return Recipe.model_validate({**self.model_dump(), "method": method})
        except ValidationError as error:
            raise RecipeError(f"{self.name} with method {method}: {_problems(error)}.") from None

    def num_steps(self, num_utterances: int) -> int:
        """Return the steps that show every utterance ``epochs`` times in each of three views, at most ``max_steps``."""
        rows = num_utterances * self.epochs * NUM_VIEWS
        return max(1, min(round(rows / (self.batch * self.accumulate)), self.max_steps))

    def digest(self) -> str:
        """Return the sha256 of every field, the same for equal recipes."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


def load_recipe(path: Path) -> Recipe:
    """Read a recipe. Raises RecipeError when the file is absent, broken or has a wrong field."""
    try:
        return Recipe.model_validate({"name": path.stem, **tomllib.loads(path.read_text(encoding="utf-8"))})
    except FileNotFoundError:
        raise RecipeError(f"{path} does not exist: the built-in recipes are {', '.join(built_in())}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path} is not readable TOML: {error}.") from None
    except ValidationError as error:
        raise RecipeError(f"{path}: {_problems(error)}.") from None


def _problems(error: ValidationError) -> str:
    """Return a phrase for each wrong field."""
    return "; ".join(
        f"there is no field {field!r}"
        if found["type"] == "extra_forbidden"
        else f"field {field!r} is wrong: {found['msg'].removeprefix('Value error, ')}"
        for found in error.errors()
        for field in [".".join(map(str, found["loc"])) or "method"]
    )


def built_in() -> tuple[str, ...]:
    """Return the names of the recipes that come with the project."""
    return tuple(sorted(path.stem for path in RECIPES.glob("*.toml")))


def recipe_for(base: str) -> Recipe:
    """Return the recipe made for ``base``, ``generic`` when there is none."""
    own = base if base in built_in() else "generic"
    return load_recipe(RECIPES / f"{own}.toml")
