"""A model that is asked things: replies to conversations, and how likely it finds given ones.

Knows generation and likelihood. Does not know which questions matter, nor whether the model is tuned or bare.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import GenerationConfig

from model.conversation import Conversation
from model.prompt import encode, stop_strings
from train.loss import collate, cross_entropy, reply_logits
from train.samples import Sample

ROWS = 40


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back; ``has_stopped`` when the model ended it by itself."""

    text: str
    has_stopped: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """How replies are drawn; ``temperature`` 0 is greedy."""

    temperature: float = 0.0
    top_p: float = 1.0
    max_tokens: int = 64
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Subject:
    """Asks ``model``, which must be in evaluation mode, up to 40 things at once."""

    model: Any
    tokenizer: Any
    device: str

    def replies(self, conversations: Sequence[Conversation], asking: Asking) -> list[Reply]:
        """Return one reply for each conversation; equal seeds give equal replies."""
        return self._answers([encode(self.tokenizer, conversation) for conversation in conversations], asking)

    def continuations(self, conversation: Conversation, openings: Sequence[str], asking: Asking) -> list[Reply]:
        """Return what follows each of ``openings``, as the beginning of a reply to ``conversation``."""
        prompt = encode(self.tokenizer, conversation)
        begun = [self.tokenizer.encode(opening, add_special_tokens=False) for opening in openings]
        return self._answers([[*prompt, *opening] for opening in begun], asking)

    def nats(self, samples: Sequence[Sample]) -> list[float]:
        """Return the negative log-likelihood of each sample's reply, its end included."""
        order = sorted(range(len(samples)), key=lambda index: len(samples[index]))
        found: dict[int, float] = {}
        with torch.inference_mode():
            for start in range(0, len(order), ROWS):
                rows = order[start : start + ROWS]
                batch = collate([samples[index] for index in rows], self.tokenizer.pad_token_id, self.device)
                logits = reply_logits(self.model, batch)
                for index, row, labels in zip(rows, logits, batch.labels, strict=True):
                    found[index] = cross_entropy(row[None], labels[None]).item()
        return [found[index] for index in range(len(samples))]

    def _answers(self, prompts: Sequence[list[int]], asking: Asking) -> list[Reply]:
        order = sorted(range(len(prompts)), key=lambda index: len(prompts[index]))
        found: dict[int, Reply] = {}
        with torch.random.fork_rng(), torch.inference_mode():
            torch.manual_seed(asking.seed)
            for start in range(0, len(order), ROWS):
                rows = order[start : start + ROWS]
                texts = self._generate([prompts[index] for index in rows], asking)
                found |= dict(zip(rows, texts, strict=True))
        return [found[index] for index in range(len(prompts))]

    def _generate(self, prompts: Sequence[list[int]], asking: Asking) -> list[Reply]:
        batch = collate([Sample(tuple(prompt), ()) for prompt in prompts], self.tokenizer.pad_token_id, self.device)
        stops = stop_strings(self.tokenizer)
        out = self.model.generate(
            input_ids=batch.ids,
            attention_mask=batch.mask,
            generation_config=self._config(asking, stops),
            **({"tokenizer": self.tokenizer} if stops else {}),
        )
        return [self._reply(row, stops) for row in out[:, batch.ids.shape[1] :].tolist()]

    def _config(self, asking: Asking, stops: tuple[str, ...]) -> GenerationConfig:
        is_greedy = asking.temperature == 0
        return GenerationConfig(  # type: ignore[no-untyped-call]
            do_sample=not is_greedy,
            temperature=1.0 if is_greedy else asking.temperature,
            top_p=1.0 if is_greedy else asking.top_p,
            top_k=50 if is_greedy else 0,  # 50 is what transformers takes for "not given"
            max_new_tokens=asking.max_tokens,
            eos_token_id=self.tokenizer.eos_token_id,
            pad_token_id=self.tokenizer.pad_token_id,
            stop_strings=list(stops) or None,
        )

    def _reply(self, ids: list[int], stops: tuple[str, ...]) -> Reply:
        eos = self.tokenizer.eos_token_id
        own = ids[: ids.index(eos)] if eos in ids else ids
        text: str = self.tokenizer.decode(own, skip_special_tokens=True)
        ends = [text.index(stop) for stop in stops if stop in text]
        return Reply(text[: min(ends, default=len(text))].strip(), eos in ids or bool(ends))
