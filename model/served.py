"""One checkpoint, or one bare base, that is in memory and can answer.

Knows its tokenizer, persona defaults and which runner and adapter hold its weights. Does not know how it got there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from model import prompt
from model.checkpoint import Checkpoint
from model.conversation import Conversation
from model.engine.detokeniser import Detokeniser
from model.engine.sequence import Chunk, Sequence
from model.sampling import Sampling


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """``checkpoint`` is None for a bare base; ``adapter`` is None for everything that is a model of its own."""

    name: str
    runner: str
    adapter: str | None
    tokenizer: Any
    end_tokens: frozenset[int]
    checkpoint: Checkpoint | None = None
    defaults: Sampling

    def sequence(
        self,
        conversation: Conversation,
        sampling: Sampling,
        *,
        author: str,
        emit: Callable[[Chunk], None],
        deadline_at: float | None = None,
    ) -> Sequence:
        """Render ``conversation`` and return what the engine takes. Raises PromptError."""
        decode = partial(self.tokenizer.decode, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        return Sequence(
            runner=self.runner,
            adapter=self.adapter,
            author=author,
            prompt=tuple(prompt.encode(self.tokenizer, conversation)),
            sampling=sampling,
            end_tokens=self.end_tokens,
            detokeniser=Detokeniser(decode, (*prompt.stop_strings(self.tokenizer), *sampling.stop)),
            emit=emit,
            deadline_at=deadline_at,
        )


def end_tokens(tokenizer: Any, model: Any) -> frozenset[int]:
    """Return the tokens that end an answer, as the tokenizer and the model's generation config name them."""
    named = getattr(model.generation_config, "eos_token_id", None)
    ids = named if isinstance(named, list) else [named]
    return frozenset(token for token in (tokenizer.eos_token_id, *ids) if token is not None)
