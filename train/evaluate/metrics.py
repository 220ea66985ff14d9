"""Every metric of the report card, counted in what a subject said.

Knows metric ids and how each is counted (docs/training.md). Does not know which values are good enough.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from train.evaluate import form, memory, style
from train.evaluate.distance import style_distance
from train.evaluate.interview import Asked, Clock, Interview, interview
from train.evaluate.material import Material, Probe
from train.evaluate.measure import Measure, bootstrapped, mcnemar, ratio, resamples, share
from train.evaluate.subject import Reply, Subject
from train.evaluate.twosample import told_apart

SEEDS = (1, 2, 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """Measures by id, and what the subject said: the replies to each chat prompt, one a seed, and to each probe.

    ``hits`` tell by metric which probes were answered right, ``nats`` how unlikely each neutral sentence was found,
    ``cpu_s`` what was spent on what.
    """

    measures: Mapping[str, Measure]
    chats: Mapping[str, Sequence[str]]
    probes: Mapping[str, str]
    article: Sequence[Asked] = ()
    hits: Mapping[str, Sequence[bool]]
    nats: Sequence[float] = ()
    cpu_s: Mapping[str, float]


def measure(
    subject: Subject, material: Material, seeds: Sequence[int] = SEEDS, *, beside: Findings | None = None
) -> Findings:
    """Ask ``subject`` everything. Metrics that need lines of the persona are left out where there are none.

    ``beside`` is what the untouched base came to on the same material; metrics that are relative to it (G3, S4, the p
    of probes) are left out without it, and every measure carries its value.
    """
    clock = Clock()
    said = interview(subject, material, seeds, clock)
    hits = _hits(material, said)
    with clock.on("counting"):
        measures = {
            **of_replies(said.replies, material),
            **{id_: share(sum(right), len(right)) for id_, right in hits.items()},
            **_held_out(said, material),
            **memory.gaps(*said.recitals),
            **memory.bare_gap(*said.bare_recitals),
        }
    found = Findings(
        measures=measures,
        chats={
            prompt: [one[index].text for one in said.chats] for index, prompt in enumerate(material.questions.prompts)
        },
        probes={
            probe.question: reply.text for probe, reply in zip(material.questions.probes, said.masked, strict=True)
        },
        article=said.article,
        hits=hits,
        nats=said.sentence_nats,
        cpu_s=clock.cpu_s,
    )
    if beside is None:
        return found
    with clock.on("comparing"):
        relative = _relative(found, beside, material, said.sentence_tokens)
    return replace(found, measures=relative)


def of_replies(replies: Sequence[Reply], material: Material) -> dict[str, Measure]:
    """Return the metrics that are counted in replies: S1, D1 to D4, and with training lines S2, S3, S5, M2."""
    texts = [reply.text for reply in replies]
    num = len(texts)
    found = {
        "S1": share(*style.count_plain(texts)),
        "D1": share(sum(map(form.has_run, texts)), num),
        "D2": share(sum(map(form.repeats_itself, texts)), num),
        "D3": share(sum(reply.has_stopped for reply in replies), num),
        "D4": share(len(set(texts)), num),
    }
    return found | _next_to_own_lines(found["S1"], texts, material) if material.training else found


def _next_to_own_lines(plain: Measure, texts: Sequence[str], material: Material) -> dict[str, Measure]:
    lines = material.training
    signs, cores = style.own_signs(lines), [form.core(line) for line in lines]
    found = {
        "S1": replace(plain, own=share(*style.count_plain(lines)).value),
        "S2": replace(
            share(style.count_ending_in(texts, signs), len(texts)), own=style.count_ending_in(lines, signs) / len(lines)
        ),
        "S3": _length(texts, lines),
        "M2": share(sum(form.is_copy(text, cores) for text in texts), len(texts)),
    }
    apart = told_apart(texts, [*(said.text for said in material.held_out), *lines][: len(texts)])
    return found | {"S5": apart} if apart else found


def _length(texts: Sequence[str], lines: Sequence[str]) -> Measure:
    """Return S3: |log ratio| of the median lengths in characters."""
    chars, own = np.array([len(text) for text in texts]), float(np.median([len(line) for line in lines]))
    draws = np.abs(np.log(np.maximum(np.median(chars[resamples(len(chars))], axis=1), 1) / max(own, 1)))
    value = abs(math.log(max(float(np.median(chars)), 1) / max(own, 1)))
    return bootstrapped(value, draws, len(texts))


def _hits(material: Material, said: Interview) -> dict[str, list[bool]]:
    """Return by metric which probes were answered right; K1 is asked with the cards as serving would show them."""
    general, own = material.questions.probes, material.persona_probes
    asked: dict[str, tuple[Sequence[Probe], Sequence[Reply]]] = {
        "G1": (general, said.neutral),
        "G2": (general, said.masked),
        "G2_later": (general, said.later),
        "K1": (own, said.carded),
        "K1_without_cards": (own, said.uncarded),
    }
    answered = {
        id_: [probe.is_right(reply.text) for probe, reply in zip(probes, replies, strict=True)]
        for id_, (probes, replies) in asked.items()
        if replies
    }
    return answered | {id_: list(right) for id_, right in said.jglue.items()}


def _held_out(said: Interview, material: Material) -> dict[str, Measure]:
    """Return H1: nats a character of the held-out lines, the end of each included."""
    if not material.held_out:
        return {}
    return {"H1": ratio(said.held_out_nats, [len(one.text) for one in material.held_out])}


def _relative(found: Findings, base: Findings, material: Material, num_tokens: Sequence[int]) -> dict[str, Measure]:
    """Return the measures with the base's beside them, and those that only exist next to a base."""
    measures = dict(found.measures)
    for id_ in found.hits.keys() & base.hits.keys():
        measures[id_] = replace(measures[id_], p=mcnemar(base.hits[id_], found.hits[id_]))
    if found.nats and base.nats:
        measures["G3"] = _perplexity_ratio(found.nats, base.nats, num_tokens)
    distance = style_distance(
        _texts(found),
        base=_texts(base),
        training=material.training,
        held_out=[said.text for said in material.held_out],
    )
    if distance:
        measures["S4"] = distance
    return {id_: each.beside(base.measures.get(id_)) for id_, each in measures.items()}


def _perplexity_ratio(tuned: Sequence[float], base: Sequence[float], num_tokens: Sequence[int]) -> Measure:
    """Return G3: how many times more perplexed the tuned model is by neutral sentences, a token."""
    nats = ratio([after - before for after, before in zip(tuned, base, strict=True)], num_tokens)
    low, high = (math.exp(edge if edge is not None else nats.value) for edge in (nats.low, nats.high))
    return Measure(value=math.exp(nats.value), low=low, high=high, base=1.0, num=nats.num)


def _texts(found: Findings) -> list[str]:
    return [text for texts in found.chats.values() for text in texts]
