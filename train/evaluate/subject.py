"""A model that is asked things: replies to conversations, and how likely it finds given ones.

Knows generation and likelihood. Does not know which questions matter, nor whether the model is tuned or bare.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from model.conversation import Conversation, Role
from model.prompt import encode, stop_strings
from train.evaluate.decode import Drawing, decode
from train.evaluate.options import option_nats
from train.loss import collate, cross_entropy, reply_logits
from train.samples import Sample, first_id
from train.samples import encode as sample_of

ROWS = 60


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
    """Asks ``model``, which must be in evaluation mode, up to 60 things at once."""

    model: Any
    tokenizer: Any
    device: str

    def replies(self, conversations: Sequence[Conversation], asking: Asking) -> list[Reply]:
        """Return one reply for each conversation; equal seeds give equal replies."""
        return self.drawn(conversations, asking, (asking.seed,))[0]

    def drawn(self, conversations: Sequence[Conversation], asking: Asking, seeds: Sequence[int]) -> list[list[Reply]]:
        """Return for each seed one reply to each conversation; the conversations are read once for all seeds."""
        return self._answers([encode(self.tokenizer, conversation) for conversation in conversations], asking, seeds)

    def continuations(self, conversation: Conversation | None, openings: Sequence[str], asking: Asking) -> list[Reply]:
        """Return what follows each of ``openings``, as the beginning of a reply to ``conversation``; without one, of a
        bare text.
        """
        prompt = encode(self.tokenizer, conversation) if conversation else [first_id(self.tokenizer)]
        begun = [self.tokenizer.encode(opening, add_special_tokens=False) for opening in openings]
        return self._answers([[*prompt, *opening] for opening in begun], asking, (asking.seed,))[0]

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

    def nats_of_options(self, asked: Sequence[tuple[Conversation, Sequence[str]]]) -> list[list[float]]:
        """Return for each conversation the negative log-likelihood of each of its possible replies, end included.

        Every conversation needs equally many options; its prompt is read once for all of them.
        """
        rows = [
            [sample_of(self.tokenizer, conversation.then(Role.ASSISTANT, option)) for option in options]
            for conversation, options in asked
        ]
        order = sorted(range(len(rows)), key=lambda index: len(rows[index][0].prompt))
        size = max(1, ROWS // max((len(options) for options in rows), default=1))
        found: dict[int, list[float]] = {}
        with torch.inference_mode():
            for start in range(0, len(order), size):
                places = order[start : start + size]
                nats = option_nats(
                    self.model, [rows[place] for place in places], self.tokenizer.pad_token_id, self.device
                )
                found |= dict(zip(places, nats, strict=True))
        return [found[place] for place in range(len(rows))]

    def _answers(self, prompts: Sequence[list[int]], asking: Asking, seeds: Sequence[int]) -> list[list[Reply]]:
        order = sorted(range(len(prompts)), key=lambda index: len(prompts[index]))
        size = max(1, ROWS // len(seeds))
        found: list[dict[int, Reply]] = [{} for _ in seeds]
        drawing = self._drawing(asking)
        for start in range(0, len(order), size):
            rows = order[start : start + size]
            batch = collate([Sample(tuple(prompts[row]), ()) for row in rows], self.tokenizer.pad_token_id, self.device)
            with torch.inference_mode():
                ids = decode(self.model, batch, drawing, seeds)
            for own, of_seed in zip(found, ids, strict=True):
                own |= {row: self._reply(said) for row, said in zip(rows, of_seed, strict=True)}
        return [[own[index] for index in range(len(prompts))] for own in found]

    def _drawing(self, asking: Asking) -> Drawing:
        eos, stops = self.tokenizer.eos_token_id, stop_strings(self.tokenizer)

        def has_ended(ids: list[int]) -> bool:
            return ids[-1] == eos or bool(stops and any(stop in self.tokenizer.decode(ids) for stop in stops))

        return Drawing(
            temperature=asking.temperature, top_p=asking.top_p, max_tokens=asking.max_tokens, has_ended=has_ended
        )

    def _reply(self, ids: list[int]) -> Reply:
        eos, stops = self.tokenizer.eos_token_id, stop_strings(self.tokenizer)
        own = ids[: ids.index(eos)] if eos in ids else ids
        text: str = self.tokenizer.decode(own, skip_special_tokens=True)
        ends = [text.index(stop) for stop in stops if stop in text]
        return Reply(text[: min(ends, default=len(text))].strip(), eos in ids or bool(ends))
