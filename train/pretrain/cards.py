"""Invents talks in which the answer stands on a card of the system turn, in the form personas use (``topic：text``).

Knows card topics and how a reply reads one. Does not know real people: every value is invented.
"""

import random
from collections.abc import Iterator, Sequence
from typing import Any

from train.pretrain.corpus import Document
from train.pretrain.dialogue import PLAIN_PROMPTS, POLITE_PROMPTS, Scene, Turn

UNKNOWN = (
    ("知らない。", "わかりません。"),
    ("それは言えないな。", "それは言えません。"),
    ("さあ、わからないな。", "さあ、わかりません。"),
)
PLAIN_ENDINGS = ("。", "だよ。", "だ。", "だね。", "かな。")


def persona_cards(topics: Sequence[dict[str, Any]], rng: random.Random) -> Iterator[Scene]:
    """Yield talks about what one to five cards say, and now and then about what none of them says."""
    while True:
        polite = rng.random() < 0.4
        shown = rng.sample(topics, rng.randint(1, 5))
        texts = [_text(topic, polite, rng) for topic in shown]
        cards = [f"{topic['topic']}：{text}" for topic, text in zip(shown, texts, strict=True)]
        scene: Scene = [Turn("system", "\n".join([_prompt(polite, rng), *cards]))]
        asked = rng.sample(range(len(shown)), rng.randint(1, min(2, len(shown))))
        for index in asked:
            scene += [_question(shown[index], rng), Turn("assistant", _reply(texts[index], polite, rng))]
        if rng.random() < 0.15:
            absent = rng.choice([topic for topic in topics if topic not in shown])
            scene += [_question(absent, rng), Turn("assistant", rng.choice(UNKNOWN)[polite])]
        yield scene


def answer_cards(questions: Sequence[Document], titles: Sequence[str], rng: random.Random) -> Iterator[Scene]:
    """Yield encyclopedic questions whose answer stands on one of one to three cards."""
    while True:
        polite = rng.random() < 0.5
        picked = rng.sample(range(len(questions)), rng.randint(1, 3))
        cards = [f"{titles[index]}：{questions[index].parts[1]}" for index in picked]
        question, answer = questions[picked[0]].parts
        rng.shuffle(cards)
        yield [
            Turn("system", "\n".join([_prompt(polite, rng), *cards])),
            Turn("user", question),
            Turn("assistant", _reply(answer, polite, rng)),
        ]


def _prompt(polite: bool, rng: random.Random) -> str:
    return rng.choice(POLITE_PROMPTS if polite else PLAIN_PROMPTS)


def _text(topic: dict[str, Any], polite: bool, rng: random.Random) -> str:
    text: str = rng.choice(topic["texts"])[polite].format(v=rng.choice(topic["values"]))
    return text + rng.choice(("", "。"))


def _question(topic: dict[str, Any], rng: random.Random) -> Turn:
    return Turn("user", rng.choice(rng.choice(topic["questions"])))


def _reply(text: str, polite: bool, rng: random.Random) -> str:
    text = text.rstrip("。")
    if polite:
        return f"{text}。" if text.endswith(("す", "せん", "した")) else f"{text}です。"
    is_sentence = text[-1] in "るういくすつぬぶむぐ" or text.endswith(("た", "ない"))
    return f"{text}。" if is_sentence else text + rng.choice(PLAIN_ENDINGS)
