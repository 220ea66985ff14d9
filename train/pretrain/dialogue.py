"""Stages a talk for training: who plays the assistant, how much of it is shown, which system prompt steers it.

Knows the two registers of Japanese (plain and polite) and how a system prompt asks for them. Does not know tokens.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from train.evaluate.style import count_plain
from train.pretrain.corpus import pieces

Role = Literal["system", "user", "assistant", "text"]


@dataclass(frozen=True, slots=True)
class Turn:
    role: Role
    text: str


Scene = list[Turn]
"""One training document: turns in order, or a single turn of role ``text``."""


SYSTEM_SHARE = 0.5
MAX_TURNS = 14
MAX_CHARS = 700

PLAIN_PROMPTS = (
    "あなたは常体で応答します。",
    "友達として、くだけた話し方で話します。",
    "敬語を使わずに、親しい相手と話すように返事をします。",
    "気さくな先輩として、常体で短く答えます。",
    "です・ますを使わないで話してください。",
    "タメ口で返事をして。",
    "あなたは先輩です。後輩と常体で話します。",
    "親しい友人と話しています。常体で応答してください。",
)
POLITE_PROMPTS = (
    "あなたは丁寧な敬語で応答します。",
    "です・ます調で、ていねいに話してください。",
    "初対面の相手と、礼儀正しく話します。",
    "あなたは親切な案内係です。敬語で答えます。",
    "丁寧な言葉づかいで返事をしてください。",
    "敬体で応答します。",
    "あなたは話し相手です。ですます調で短く答えます。",
    "お客様に応対するように、丁寧に話します。",
)
NEUTRAL_PROMPTS = ("会話をします。", "あなたは会話の相手です。", "雑談をしましょう。", "質問に答えます。")


def polite_share(texts: Sequence[str]) -> float:
    """Return the share of sentences that end in です・ます form (0 when there is no sentence)."""
    plain, total = count_plain(texts)
    return (total - plain) / max(1, total)


def system_prompt(replies: Sequence[str], rng: random.Random) -> str:
    """Return a system prompt that asks for the register these replies are in."""
    share = polite_share(replies)
    if share < 0.15:
        return rng.choice(PLAIN_PROMPTS)
    return rng.choice(POLITE_PROMPTS if share > 0.5 else NEUTRAL_PROMPTS)


def staged(turns: Sequence[str], rng: random.Random) -> list[Scene]:
    """Cut a talk into scenes of a random length; each draws its assistant and, half of the time, a system prompt.

    Of a turn longer than ``MAX_CHARS`` the first whole sentences are kept.
    """
    return [_scene(cut, rng) for cut in _cuts(turns, rng)]


def answered(question: str, answer: str, rng: random.Random) -> Scene:
    """Return one question with its answer, a bare noun now and then finished as a sentence."""
    if not re.search(r"[。！？]$", answer) and len(answer) < 30:
        answer += rng.choice(("", "です。", "です。", "だよ。", "だ。", "だね。"))
    return with_system([Turn("user", question), Turn("assistant", answer)], rng)


def with_system(scene: Scene, rng: random.Random) -> Scene:
    if rng.random() >= SYSTEM_SHARE:
        return scene
    return [Turn("system", system_prompt([turn.text for turn in scene if turn.role == "assistant"], rng)), *scene]


def _scene(turns: Sequence[str], rng: random.Random) -> Scene:
    first = rng.random() < 0.3
    roles: tuple[Role, Role] = ("assistant", "user") if first else ("user", "assistant")
    return with_system([Turn(roles[index % 2], text) for index, text in enumerate(turns)], rng)


def _cuts(turns: Sequence[str], rng: random.Random) -> list[list[str]]:
    cuts: list[list[str]] = []
    most = 0
    for turn in turns:
        text = pieces(turn, MAX_CHARS)[0]
        full = not cuts or len(cuts[-1]) >= most or sum(map(len, cuts[-1])) + len(text) > MAX_CHARS
        if full:
            cuts.append([])
            most = rng.randint(2, MAX_TURNS)
        cuts[-1].append(text)
    return [cut for cut in cuts if len(cut) > 1]
