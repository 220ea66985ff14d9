"""Turns utterances into token rows: which view each epoch shows, what is prompt, what carries loss, which rows
share a batch.

Knows views, ids and lengths. Does not know tensors or the model. Everything is drawn from the seed and the number
of the epoch, so an epoch can be drawn again without its predecessors.
"""

import logging
import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from model.conversation import Conversation, Role, Turn
from model.prompt import encode_reply
from train.conversations import Said, View

log = logging.getLogger(__name__)

_Row = TypeVar("_Row")


class SampleError(ValueError):
    """No utterance can be trained on; the message says why."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One row: ``prompt`` ids carry no loss, ``reply`` ids (the end token last) carry all of it."""

    prompt: tuple[int, ...]
    reply: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.prompt) + len(self.reply)


@dataclass(frozen=True, slots=True)
class Weighted:
    """A view and how often it is drawn next to the others."""

    view: View
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """The rows of every epoch. ``views[0]`` is the real context: where it fits, nothing else is drawn.

    ``system`` returns the system turn that serving puts before a remark, empty for none.
    """

    utterances: Sequence[Said]
    views: Sequence[Weighted]
    system: Callable[[str], str]
    tokenizer: Any
    max_len: int
    seed: int

    def epoch(self, number: int) -> list[Sample]:
        """Return one row for each utterance; those longer than ``max_len`` are left out and counted in the log.

        Raises SampleError when none is left.
        """
        rng = random.Random(f"{self.seed}/{number}")
        drawn = [encode(self.tokenizer, self._conversation(said, rng)) for said in self.utterances]
        return _fitting(drawn, self.max_len)

    def _conversation(self, said: Said, rng: random.Random) -> Conversation:
        remark = rng.choice(self._offers(said, rng))
        system = self.system(remark)
        turns = (Turn(Role.SYSTEM, system),) if system else ()
        return Conversation((*turns, Turn(Role.USER, remark), Turn(Role.ASSISTANT, said.text)))

    def _offers(self, said: Said, rng: random.Random) -> Sequence[str]:
        first, *others = ((weighted.view(said), weighted.weight) for weighted in self.views)
        if first[0] and first[1]:
            return first[0]
        fitting = [(offers, weight) for offers, weight in others if offers and weight] or [first]
        return rng.choices([offers for offers, _ in fitting], [weight for _, weight in fitting])[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class RawLines:
    """Bare lines with loss on all of them, as the original experiment trained; every epoch is the same.

    Its rinna run had the end token behind each line, its ELYZA run had not (``has_end``).
    """

    utterances: Sequence[Said]
    tokenizer: Any
    max_len: int
    has_end: bool

    def epoch(self, number: int) -> list[Sample]:  # noqa: ARG002 - the same rows in each
        """Return one row for each line. Raises SampleError when none fits."""
        first, end = first_id(self.tokenizer), (self.tokenizer.eos_token_id,) if self.has_end else ()
        lines = (self.tokenizer.encode(said.text, add_special_tokens=False) for said in self.utterances)
        return _fitting([Sample((first,), (*line, *end)) for line in lines], self.max_len)


def _fitting(drawn: list[Sample], max_len: int) -> list[Sample]:
    rows = [sample for sample in drawn if len(sample) <= max_len]
    if len(rows) < len(drawn):
        log.warning("rows=%d left_out_too_long=%d", len(rows), len(drawn) - len(rows))
    if not rows:
        raise SampleError(f"No utterance fits into {max_len} tokens with its prompt: raise max_len in the recipe.")
    return rows


def first_id(tokenizer: Any) -> int:
    """Return what a bare text begins with: BOS, and where a tokenizer has none, EOS."""
    bos, eos = tokenizer.bos_token_id, tokenizer.eos_token_id
    return int(eos if bos is None else bos)


def encode(tokenizer: Any, conversation: Conversation) -> Sample:
    """Return the row of a conversation that ends with the persona."""
    prompt, reply = encode_reply(tokenizer, conversation)
    return Sample(tuple(prompt), tuple(reply))


def batches(rows: Sequence[Sample], size: int, seed: str, *, by_length: bool = True) -> list[list[Sample]]:
    """Cut rows into batches in random order; the last ones fill up nothing and stay short.

    ``by_length`` puts neighbours in length together, over the whole epoch: what is padded then is a few percent.
    """
    rng = random.Random(seed)
    drawn = rng.sample(rows, len(rows))
    if by_length:
        drawn.sort(key=len)
    cut = [list(group) for group in cut_into(drawn, size)]
    return rng.sample(cut, len(cut))


def within(rows: Sequence[Sample], num_slots: int, min_columns: int = 0) -> Iterator[Sequence[Sample]]:
    """Yield rows in as few groups of like size as fill at most ``num_slots`` places each, padding included.

    One row alone may fill more.
    """
    longest = max(min_columns, *map(len, rows))
    num = math.ceil(len(rows) / max(1, num_slots // longest))
    yield from [rows] if num == 1 else cut_into(sorted(rows, key=len), math.ceil(len(rows) / num))


def cut_into(rows: Sequence[_Row], size: int) -> Iterator[Sequence[_Row]]:
    """Yield neighbours in groups of ``size``, the last one what is left."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
