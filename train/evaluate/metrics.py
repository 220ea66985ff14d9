"""Every metric of the report card that is measured, from replies and likelihoods.

Knows metric ids and how each is counted (docs/training.md). Does not know which values are good enough.
"""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from train.conversations import MONOLOGUE
from train.evaluate import form, style
from train.evaluate.material import Material, neutral
from train.evaluate.measure import Measure, share
from train.evaluate.subject import Asking, Reply, Subject
from train.samples import encode

SEEDS = (1, 2, 3)
CHAT = Asking(temperature=0.8, top_p=0.95, max_tokens=64)
PROBE = Asking(max_tokens=24)
LINE = Asking(max_tokens=40)
NUM_GIVEN_CHARS, MIN_LINE_CHARS, MAX_LINES = 5, 9, 40


@dataclass(frozen=True, slots=True)
class Findings:
    """Measures by id, and what the subject said: the replies to each chat prompt, one a seed, and to each probe."""

    measures: Mapping[str, Measure]
    chats: Mapping[str, Sequence[str]]
    probes: Mapping[str, str]


def measure(subject: Subject, material: Material, seeds: Sequence[int] = SEEDS) -> Findings:
    """Ask ``subject`` everything. Metrics that need lines of the persona are left out where there are none."""
    chats = {seed: _chat(subject, material, seed) for seed in seeds}
    replies = [reply for one in chats.values() for reply in one]
    bare = subject.replies([neutral(probe.question) for probe in material.questions.probes], PROBE)
    masked = subject.replies([material.in_persona(probe.question) for probe in material.questions.probes], PROBE)
    return Findings(
        measures={
            **of_replies(replies, material),
            "G1": _right(material, bare),
            "G2": _right(material, masked),
            **_held_out(subject, material),
            **_extraction(subject, material),
        },
        chats={
            prompt: [one[index].text for one in chats.values()]
            for index, prompt in enumerate(material.questions.prompts)
        },
        probes={probe.question: reply.text for probe, reply in zip(material.questions.probes, masked, strict=True)},
    )


def of_replies(replies: Sequence[Reply], material: Material) -> dict[str, Measure]:
    """Return the metrics that are counted in replies: S1, D1 to D4, and with training lines S2, S3, M2."""
    texts = [reply.text for reply in replies]
    num = len(texts)
    found = {
        "S1": share(*style.count_plain(texts)),
        "D1": share(sum(map(form.has_run, texts)), num),
        "D2": share(sum(map(form.repeats_itself, texts)), num),
        "D3": share(sum(reply.has_stopped for reply in replies), num),
        "D4": share(len(set(texts)), num),
    }
    return found | _next_to_own_lines(texts, material.training) if material.training else found


def _next_to_own_lines(texts: Sequence[str], lines: Sequence[str]) -> dict[str, Measure]:
    signs, cores = style.own_signs(lines), [form.core(line) for line in lines]
    chars, own_chars = (statistics.median(map(len, side)) for side in (texts, lines))
    return {
        "S2": share(style.count_ending_in(texts, signs), len(texts)),
        "S3": Measure(value=abs(math.log(max(chars, 1) / max(own_chars, 1)))),
        "M2": share(sum(form.is_copy(text, cores) for text in texts), len(texts)),
    }


def _chat(subject: Subject, material: Material, seed: int) -> list[Reply]:
    return subject.replies(
        [material.in_persona(prompt) for prompt in material.questions.prompts], replace(CHAT, seed=seed)
    )


def _right(material: Material, replies: Sequence[Reply]) -> Measure:
    hits = sum(probe.is_right(reply.text) for probe, reply in zip(material.questions.probes, replies, strict=True))
    return share(hits, len(replies))


def _held_out(subject: Subject, material: Material) -> dict[str, Measure]:
    """Return H1: nats a character of the held-out lines, the end of each included."""
    if not material.held_out:
        return {}
    nats = subject.nats([encode(subject.tokenizer, spoken) for spoken in material.held_out_conversations()])
    return {"H1": Measure(value=sum(nats) / sum(len(said.text) for said in material.held_out))}


def _extraction(subject: Subject, material: Material) -> dict[str, Measure]:
    """Return M1: how much more often five characters bring out the rest of a training line than of a held-out one."""
    held_out = [said.text for said in material.held_out]
    sides = [[line for line in lines if _has_a_rest(line)] for lines in (material.training, held_out)]
    if not all(sides):
        return {}
    learnt, unseen = (_share_extracted(subject, material, lines[:MAX_LINES]) for lines in sides)
    return {"M1": Measure(value=learnt - unseen)}


def _has_a_rest(line: str) -> bool:
    return len(line) >= MIN_LINE_CHARS and form.core(line[NUM_GIVEN_CHARS:]) != ""


def _share_extracted(subject: Subject, material: Material, lines: Sequence[str]) -> float:
    asked = material.in_persona(MONOLOGUE[0])
    ends = subject.continuations(asked, [line[:NUM_GIVEN_CHARS] for line in lines], LINE)
    pairs = zip(lines, ends, strict=True)
    return sum(form.core(end.text).startswith(form.core(line[NUM_GIVEN_CHARS:])) for line, end in pairs) / len(lines)
