"""Anchors: what the base itself answers to general questions, replayed while tuning so that it is not forgotten.

Knows the two lanes (docs/training.md, "two-lane replay"): the neutral lane shows the base's answer as it is; the
persona lane shows it under the persona's prompt, shortened to one sentence in the persona's register and with its
endings, beside questions about fact cards with the card in the prompt. Does not know losses. Answers are asked for once
and kept in the run's folder.
"""

import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from model.conversation import Conversation, Role, Turn
from model.facts import Facts
from model.files import whole
from model.persona import Persona
from model.recall import recall
from train.conversations import MONOLOGUE
from train.evaluate import style
from train.evaluate.form import has_run
from train.evaluate.material import Material, neutral
from train.evaluate.subject import Asking, Subject
from train.samples import Sample, encode

ANSWERS = "anchors.json"
ASKED_FOR_FACT = ("{}は？", "{}について教えて", "{}を教えてください", "{}の話して", "ねえ、{}って？")
MAX_BEFORE = 3
"""Most exchanges that stand before a question of the persona lane. Without any, a tuned model knows what it is asked
first and nothing it is asked later (docs/experiments.md)."""
UNKNOWN_TOPICS = ("血液型", "身長", "年収", "干支")
"""What people ask and few cards tell; asked for where no card tells it."""

_SENTENCE = re.compile(r"[^。！？!?\n]+[。！？!?]?")
_PLAIN = (
    (re.compile(r"でした$"), "だった"),
    (re.compile(r"ではありません$|じゃありません$"), "じゃない"),
    (re.compile(r"(?<=い)です$"), ""),
    (re.compile(r"です$"), "だ"),
    (re.compile(r"ありません$"), "ない"),
    (re.compile(r"あります$"), "ある"),
    (re.compile(r"います$"), "いる"),
    (re.compile(r"([えけせてねべめれげ])ます$"), r"\1る"),
    (re.compile(r"します$"), "する"),
)
_PARTICLES = re.compile(r"(です|ます|でした|ません)(よ|ね|よね)$")


def questions() -> tuple[str, ...]:
    """Return the bundled general questions; none of them is an evaluation probe."""
    return tuple(files("train").joinpath("anchors.txt").read_text(encoding="utf-8").split("\n")[:-1])


def answers(subject: Subject, cache: Path, *, max_tokens: int) -> dict[str, str]:
    """Return what the base answers to each question, asked once: greedy, and only what it ended by itself.

    A base that ends none of its answers gives an empty dict.
    """
    path = cache / ANSWERS
    if path.exists():
        return dict(json.loads(path.read_text(encoding="utf-8")))
    asked = questions()
    replies = subject.replies([neutral(question) for question in asked], Asking(max_tokens=max_tokens))
    kept = {
        question: reply.text
        for question, reply in zip(asked, replies, strict=True)
        if reply.text and reply.has_stopped and not has_run(reply.text)
    }
    with whole(path) as beside:
        beside.write_text(json.dumps(kept, ensure_ascii=False, indent=0), encoding="utf-8")
    return kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchors:
    """Rows of both lanes, shortest first; which ones are shown is drawn from the seed and the step or epoch.

    ``fact_rows`` belong to the persona lane: ``num_facts`` of its ``num_persona`` rows in each step.
    """

    neutral_rows: Sequence[Sample]
    persona_rows: Sequence[Sample]
    fact_rows: Sequence[Sample] = ()
    num_neutral: int
    num_persona: int
    num_facts: int = 0
    seed: int

    def neutral(self, step: int) -> list[Sample]:
        """Return a step's rows without the persona, neighbours in length."""
        num = min(self.num_neutral, len(self.neutral_rows))
        start = random.Random(f"{self.seed}/neutral/{step}").randint(0, len(self.neutral_rows) - num)
        return list(self.neutral_rows[start : start + num])

    def persona(self, epoch: int, num_steps: int) -> list[Sample]:
        """Return the rows under the persona's prompt that go into an epoch of ``num_steps``."""
        num_facts = min(self.num_facts, self.num_persona) if self.fact_rows else 0
        rng = random.Random(f"{self.seed}/persona/{epoch}")
        return [
            *_draw(self.fact_rows, num_facts * num_steps, rng),
            *_draw(self.persona_rows, (self.num_persona - num_facts) * num_steps, rng),
        ]


def encode_lanes(
    tokenizer: Any, said: dict[str, str], material: Material, seed: int
) -> tuple[list[Sample], list[Sample]]:
    """Return the rows of the neutral and of the persona lane, shortest first."""
    rng = random.Random(f"{seed}/anchors")
    bare = [neutral(question).then(Role.ASSISTANT, text) for question, text in said.items()]
    endings = [ending(line) for line in material.training] or [""]
    is_plain = _is_plain(material.training)
    spoken = [(question, restyle(text, rng.choice(endings), is_plain=is_plain)) for question, text in said.items()]
    masked = [material.in_persona(question).then(Role.ASSISTANT, text) for question, text in spoken]
    talk = [*spoken, *_small_talk(material.training, rng)]
    return _encoded(tokenizer, bare), _encoded(tokenizer, [*masked, *_later(masked, talk, rng)])


def encode_facts(tokenizer: Any, persona: Persona, lines: Sequence[str], seed: int) -> list[Sample]:
    """Return rows in which somebody asks for a fact and is told what its card says, shortest first.

    The card always stands in the prompt, where and beside which others serving would put it: what is learnt is to read
    it, and to say so where it says that nothing is known. The answers end as the persona's own ``lines`` do.
    """
    rng = random.Random(f"{seed}/facts")
    endings = [ending(line) for line in lines] or [""]
    told = persona.model_copy(update={"max_examples": 0})
    rows = []
    for topic in (*(fact.topic for fact in persona.facts), *UNKNOWN_TOPICS):
        for asked in ASKED_FOR_FACT:
            question = asked.format(topic)
            cards = recall(told, Facts(), question)
            if not cards or cards[0].topic != topic:
                continue
            system = Turn(Role.SYSTEM, persona.system_text(cards))
            answer = cards[0].text.rstrip("。") + rng.choice(endings)
            rows.append(Conversation((system, Turn(Role.USER, question), Turn(Role.ASSISTANT, answer))))
    return _encoded(tokenizer, [*rows, *_later(rows, _small_talk(lines, rng), rng)])


def _small_talk(lines: Sequence[str], rng: random.Random) -> list[tuple[str, str]]:
    return [(rng.choice(MONOLOGUE), line) for line in lines]


def _later(
    conversations: Sequence[Conversation], talk: Sequence[tuple[str, str]], rng: random.Random
) -> Iterator[Conversation]:
    """Yield each conversation as it goes on after one to three other exchanges."""
    for one in conversations:
        yield one.after(rng.sample(talk, min(len(talk), rng.randint(1, MAX_BEFORE))))


def _encoded(tokenizer: Any, conversations: Sequence[Conversation]) -> list[Sample]:
    return sorted((encode(tokenizer, one) for one in conversations), key=len)


def restyle(text: str, sign: str, *, is_plain: bool = True) -> str:
    """Return the first sentence of ``text``, in plain form where the persona speaks it, with ``sign`` at its end."""
    match = _SENTENCE.search(text)
    sentence = (match[0] if match else text).rstrip("。！？!?").strip()
    if not is_plain:
        return sentence + sign
    sentence = _PARTICLES.sub(r"\1", sentence)
    for polite, plain in _PLAIN:
        if polite.search(sentence):
            return polite.sub(plain, sentence) + sign
    return sentence + sign


def _is_plain(lines: Sequence[str]) -> bool:
    plain, total = style.count_plain(lines)
    return 2 * plain >= total


def ending(line: str) -> str:
    """Return the signs a line ends with, empty for none."""
    return line[len(line.rstrip("〜！？ーwｗ笑草…。!?♪")) :]


def _draw(rows: Sequence[Sample], num: int, rng: random.Random) -> list[Sample]:
    """Return ``num`` rows, each as often as the others where there are fewer."""
    rounds, rest = divmod(num, len(rows)) if rows else (0, 0)
    return [*rows] * rounds + rng.sample(rows, rest)
