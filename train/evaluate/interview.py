"""Asks a subject everything once: chats, probes, the article's questions, beginnings of lines, likelihoods.

Knows what is asked how often and how it is drawn. Does not know what the answers are worth; each batch of answers
serves many metrics (`train.evaluate.metrics`).
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, islice

from model.conversation import Conversation
from train.conversations import MONOLOGUE
from train.evaluate import memory
from train.evaluate.material import ARTICLE, INSTRUCTION, Material, neutral
from train.evaluate.memory import Recital
from train.evaluate.subject import Asking, Reply, Subject
from train.samples import Sample, encode, first_id

CHAT = Asking(temperature=0.8, top_p=0.95, max_tokens=64)
PROBE = Asking(max_tokens=24)
LINE = Asking(max_tokens=40)
MAX_LINES = 40
NUM_BEFORE = 2
"""Exchanges of small talk that stand before a question that is asked later in a conversation."""


class Clock:
    """CPU seconds of this process by what they were spent on."""

    def __init__(self) -> None:
        self.cpu_s: dict[str, float] = {}

    @contextmanager
    def on(self, name: str) -> Iterator[None]:
        """Count what is done inside as ``name``."""
        began = time.process_time()
        try:
            yield
        finally:
            self.cpu_s[name] = self.cpu_s.get(name, 0.0) + time.process_time() - began


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One of the article's questions: its form, whether the persona's system prompt stood before it, and the reply."""

    question: str
    has_system: bool
    reply: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Interview:
    """What a subject said. ``chats`` holds a list a seed, one reply a prompt; the others follow their questions."""

    chats: Sequence[Sequence[Reply]]
    neutral: Sequence[Reply]
    masked: Sequence[Reply]
    later: Sequence[Reply]
    carded: Sequence[Reply]
    uncarded: Sequence[Reply]
    article: Sequence[Asked]
    recitals: Sequence[Sequence[Recital]]  # training, held out
    bare_recitals: Sequence[Sequence[Recital]]
    held_out_nats: Sequence[float]
    jglue: Mapping[str, Sequence[bool]]
    sentence_nats: Sequence[float]
    sentence_tokens: Sequence[int]

    @property
    def replies(self) -> list[Reply]:
        """Return the replies of all seeds."""
        return [reply for one in self.chats for reply in one]


def interview(subject: Subject, material: Material, seeds: Sequence[int], clock: Clock) -> Interview:
    """Ask everything that ``material`` holds."""
    with clock.on("chats"):
        opened = [material.in_persona(prompt) for prompt in material.questions.prompts]
        chats = subject.drawn(opened, CHAT, seeds)
    with clock.on("probes"):
        heard = zip(material.questions.prompts, chats[0], strict=True)
        answers = _greedy(subject, material, [(prompt, reply.text) for prompt, reply in heard if reply.text])
    with clock.on("recitals"):
        recitals = _recitals(subject, material, material.in_persona(MONOLOGUE[0]))
        bare_recitals = _recitals(subject, material, None) if material.has_bare_recitals else ([], [])
    with clock.on("likelihoods"):
        own = subject.nats([encode(subject.tokenizer, one) for one in material.held_out_conversations()])
        sentences = [_bare(subject, sentence) for sentence in material.questions.sentences]
        nats = subject.nats(sentences)
    with clock.on("jglue"):
        examined = material.jglue.hits(subject) if material.jglue else {}
    return Interview(
        chats=chats,
        neutral=answers["neutral"],
        masked=answers["masked"],
        later=answers["later"],
        carded=answers["carded"],
        uncarded=answers["uncarded"],
        article=[
            Asked(question=question, has_system=has_system, reply=reply.text)
            for (question, has_system), reply in zip(_article(), answers["article"], strict=True)
        ],
        recitals=recitals,
        bare_recitals=bare_recitals,
        held_out_nats=own,
        jglue=examined,
        sentence_nats=nats,
        sentence_tokens=[len(sentence.reply) for sentence in sentences],
    )


def _greedy(subject: Subject, material: Material, talk: Sequence[tuple[str, str]]) -> Mapping[str, Sequence[Reply]]:
    """Ask all short questions in one go, so that they share batches; ``talk`` is what was said and replied before."""
    questions = [probe.question for probe in material.questions.probes]
    own = [probe.question for probe in material.persona_probes]
    groups = {
        "neutral": [neutral(question) for question in questions],
        "masked": [material.in_persona(question) for question in questions],
        "later": [
            material.in_persona(question).after(before)
            for question, before in zip(questions, _in_turns(talk), strict=False)
        ],
        "carded": [material.carded(question) for question in own] if material.with_cards else [],
        "uncarded": [material.in_persona(question) for question in own],
        "article": [material.in_persona(text) if has_system else neutral(text) for text, has_system in _article()],
    }
    replies = iter(subject.replies([one for group in groups.values() for one in group], PROBE))
    return {name: [next(replies) for _ in group] for name, group in groups.items()}


def _in_turns(talk: Sequence[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    """Yield two exchanges at a time, over and over; nothing where nothing was said."""
    exchanges = cycle(talk)
    while talk:
        yield [*islice(exchanges, NUM_BEFORE)]


def _article() -> list[tuple[str, bool]]:
    return [(mark + text, has_system) for text in ARTICLE for mark in ("", INSTRUCTION) for has_system in (False, True)]


def _recitals(subject: Subject, material: Material, asked: Conversation | None) -> list[list[Recital]]:
    """Have lines begun as replies to ``asked`` go on; without it as bare texts, the way the original trained."""
    held_out = [said.text for said in material.held_out]
    sides = [memory.fit_to_recite(lines, MAX_LINES) for lines in (material.training, held_out)]
    if not all(sides):
        return [[], []]
    lines = [line for side in sides for line in side]
    ends = subject.continuations(asked, [memory.opening(line) for line in lines], LINE)
    recited = [Recital(line, end.text) for line, end in zip(lines, ends, strict=True)]
    return [recited[: len(sides[0])], recited[len(sides[0]) :]]


def _bare(subject: Subject, sentence: str) -> Sample:
    """Return a sentence as plain text: neither a question nor anybody's reply, so without an end token."""
    tokenizer = subject.tokenizer
    return Sample((first_id(tokenizer),), tuple(tokenizer.encode(sentence, add_special_tokens=False)))
