"""What an instructed base imagines around an utterance: remarks it could answer, and the same thing said neutrally.

Knows how the base is asked, and which of its answers are kept. Does not know weights of views or tokens of rows.

A remark is kept by its pointwise mutual information with the utterance under the frozen base: how much likelier,
a character, the utterance is as an answer to it than to a bare invitation (Humpback's self-augmentation and
self-curation, Li et al. 2023, arXiv 2308.06259, with a likelihood for a judge). What gives the answer away is dropped.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from model.conversation import Conversation, Role
from model.files import whole
from train.conversations import MONOLOGUE, Said, View, gives_away
from train.evaluate.material import neutral
from train.evaluate.subject import Asking, Subject
from train.samples import encode

IMAGINED = "imagined.json"
NUM_CANDIDATES, NUM_KEPT = 4, 3
MAX_REMARK_CHARS = 40
MAX_REWRITE_FACTOR = 3
"""A rewrite so many times longer than the utterance is an explanation, not a rewrite."""

ASK_FOR_REMARK = (
    "次の発言は、友人から話しかけられたことへの返事です。友人が言いそうな一言を、発言の言葉をそのまま使わずに短く一つだけ書いてください。\n"
    "発言：「{}」\n友人の一言："
)
ASK_FOR_REWRITE = (
    "次の発言を、意味を変えずに丁寧な「です・ます」の一文に書き直してください。書き直した文だけを書いてください。\n"
    "発言：「{}」\n書き直し："
)
SAY_AS_PERSONA = "先輩の口調で言い直して：{}"


@dataclass(frozen=True, slots=True)
class Imagined:
    """By the text of an utterance: remarks it could answer, the best first, and its neutral rewrite."""

    remarks: Mapping[str, Sequence[str]]
    rewrites: Mapping[str, str]

    def asked(self, instead: View) -> View:
        """Return the view that shows a kept remark, or what ``instead`` offers where none was kept."""
        return lambda said: self.remarks.get(said.text) or instead(said)

    def rewritten(self, said: Said) -> Sequence[str]:
        """The view that asks for the neutral rewrite to be said in the persona's way."""
        rewrite = self.rewrites.get(said.text)
        return (SAY_AS_PERSONA.format(rewrite),) if rewrite else ()


NOTHING = Imagined({}, {})
"""What a base imagines that does not follow instructions."""


def imagine(subject: Subject, utterances: Sequence[Said], cache: Path, *, seed: int) -> Imagined:
    """Ask the base about every utterance, once: the answers are kept in the folder ``cache``."""
    path = cache / IMAGINED
    if path.exists():
        return Imagined(**json.loads(path.read_text(encoding="utf-8")))
    texts = [said.text for said in utterances]
    found = Imagined(
        remarks={text: kept for text, kept in _remarks(subject, texts, seed).items() if kept},
        rewrites=_rewrites(subject, texts),
    )
    with whole(path) as beside:
        beside.write_text(json.dumps(asdict(found), ensure_ascii=False, indent=0), encoding="utf-8")
    return found


def _remarks(subject: Subject, texts: Sequence[str], seed: int) -> dict[str, list[str]]:
    asked = [neutral(ASK_FOR_REMARK.format(text)) for text in texts]
    drawn = [
        subject.replies(asked, Asking(temperature=0.8, top_p=0.95, max_tokens=32, seed=seed * NUM_CANDIDATES + number))
        for number in range(NUM_CANDIDATES)
    ]
    candidates = {
        text: _usable(text, [replies[index].text for replies in drawn if replies[index].has_stopped])
        for index, text in enumerate(texts)
    }
    return curate(subject, candidates)


def _usable(text: str, remarks: Sequence[str]) -> list[str]:
    cleaned = dict.fromkeys(_first_line(remark) for remark in remarks)
    return [
        remark
        for remark in cleaned
        if 0 < len(remark) <= MAX_REMARK_CHARS and remark != text and not gives_away(remark, text)
    ]


def curate(subject: Subject, candidates: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Return the remarks of each text that make it likelier than a bare invitation does, at most three, best first."""
    pairs = [(text, remark) for text, remarks in candidates.items() for remark in (MONOLOGUE[0], *remarks)]
    nats = subject.nats([encode(subject.tokenizer, _answered(remark, text)) for text, remark in pairs])
    found = dict(zip(pairs, nats, strict=True))

    def information(text: str, remark: str) -> float:
        return (found[text, MONOLOGUE[0]] - found[text, remark]) / len(text)

    return {
        text: sorted(
            (remark for remark in remarks if information(text, remark) > 0),
            key=lambda remark: -information(text, remark),
        )[:NUM_KEPT]
        for text, remarks in candidates.items()
    }


def _answered(remark: str, text: str) -> Conversation:
    return neutral(remark).then(Role.ASSISTANT, text)


def _rewrites(subject: Subject, texts: Sequence[str]) -> dict[str, str]:
    replies = subject.replies([neutral(ASK_FOR_REWRITE.format(text)) for text in texts], Asking(max_tokens=96))
    rewritten = {text: _first_line(reply.text) for text, reply in zip(texts, replies, strict=True) if reply.has_stopped}
    return {
        text: rewrite
        for text, rewrite in rewritten.items()
        if rewrite and rewrite != text and len(rewrite) <= MAX_REWRITE_FACTOR * len(text)
    }


def _first_line(reply: str) -> str:
    line = reply.strip().split("\n")[0].strip()
    return line[1:-1] if line.startswith("「") and line.endswith("」") else line
