"""Anchors: what the base itself answers to general questions, replayed while tuning so that it is not forgotten.

Knows the two lanes (docs/training.md, "two-lane replay"): the neutral lane shows the base's answer as it is, the
persona lane shows it under the persona's prompt, shortened to one sentence in the persona's register and with its
endings. Does not know losses. Answers are asked for once and kept in the run's folder.
"""

import json
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from model.conversation import Role
from train.evaluate import style
from train.evaluate.form import has_run
from train.evaluate.material import Material, neutral
from train.evaluate.subject import Asking, Subject
from train.run import whole
from train.samples import Sample, encode

ANSWERS = "anchors.json"
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
    """Rows of both lanes; which ones a step shows is drawn from the seed and the step."""

    neutral_rows: Sequence[Sample]
    persona_rows: Sequence[Sample]
    num_neutral: int
    num_persona: int
    seed: int

    def neutral(self, step: int) -> list[Sample]:
        """Return the rows without the persona."""
        return _draw(self.neutral_rows, self.num_neutral, f"{self.seed}/neutral/{step}")

    def persona(self, step: int) -> list[Sample]:
        """Return the rows under the persona's prompt."""
        return _draw(self.persona_rows, self.num_persona, f"{self.seed}/persona/{step}")


def encode_lanes(
    tokenizer: Any, said: dict[str, str], material: Material, seed: int
) -> tuple[list[Sample], list[Sample]]:
    """Return the rows of the neutral and of the persona lane."""
    rng = random.Random(f"{seed}/anchors")
    bare = [neutral(question).then(Role.ASSISTANT, text) for question, text in said.items()]
    endings = [ending(line) for line in material.training] or [""]
    is_plain = _is_plain(material.training)
    masked = [
        material.in_persona(question).then(Role.ASSISTANT, restyle(text, rng.choice(endings), is_plain=is_plain))
        for question, text in said.items()
    ]
    return [encode(tokenizer, one) for one in bare], [encode(tokenizer, one) for one in masked]


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


def _draw(rows: Sequence[Sample], num: int, seed: str) -> list[Sample]:
    return random.Random(seed).sample(rows, min(num, len(rows)))
