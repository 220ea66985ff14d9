"""Invents training text for what everybody knows, from small tables. Knows templates, not tokens."""

import random
import re
from collections.abc import Iterator
from typing import Any

from train.pretrain.dialogue import Scene, Turn, with_system

PLAIN_ENDINGS = ("だよ。", "だよ。", "だ。", "だね。", "。", "だよ！")
POLITE_ENDINGS = ("です。", "です。", "です。", "ですよ。", "です！")
STATEMENT_SHARE = 0.3
ARITHMETIC_SHARE = 0.12
REVERSE_SHARE = 0.25
_VERB = re.compile(r"[るうくすつぬぶむぐ]$")


def facts(tables: dict[str, Any], rng: random.Random) -> Iterator[Scene]:
    """Yield statements and questions, plain and polite, each table as often as it has pairs."""
    names = list(tables)
    weights = [len(tables[name]["pairs"]) ** 0.8 for name in names]
    while True:
        table = tables[rng.choices(names, weights)[0]]
        if rng.random() < ARITHMETIC_SHARE:
            yield _sum(rng)
        elif rng.random() < STATEMENT_SHARE:
            yield [Turn("text", _filled(rng.choice(table["statements"]), rng.choice(table["pairs"])))]
        else:
            yield _questions(table, rng)


def _questions(table: dict[str, Any], rng: random.Random) -> Scene:
    scene: Scene = []
    endings = rng.choice((PLAIN_ENDINGS, POLITE_ENDINGS))
    for pair in rng.sample(table["pairs"], rng.choice((1, 1, 2, 3))):
        reverse = "reverse_" if rng.random() < REVERSE_SHARE and "reverse_questions" in table else ""
        question = _filled(rng.choice(table[reverse + "questions"]), pair)
        answer = _filled(rng.choice(table[reverse + "answers"]), pair)
        scene += [Turn("user", question), Turn("assistant", _ended(answer, endings, rng))]
    return with_system(scene, rng)


def _sum(rng: random.Random) -> Scene:
    left, right = rng.randint(0, 9), rng.randint(0, 9)
    if rng.random() < 0.6:
        question, result = (
            rng.choice((f"{left}足す{right}は", f"{left}+{right}は", f"{left}と{right}を足すと")),
            left + right,
        )
    else:
        left, right = max(left, right), min(left, right)
        question, result = (
            rng.choice((f"{left}引く{right}は", f"{left}-{right}は", f"{left}から{right}を引くと")),
            left - right,
        )
    if rng.random() < 0.3:
        return [Turn("text", f"{question}{result}{rng.choice(('です。', '。', 'だ。'))}")]
    asked = question + rng.choice(("？", "いくつ？", "いくつですか？", "何？", "何ですか？"))
    endings = rng.choice((PLAIN_ENDINGS, POLITE_ENDINGS))
    return with_system([Turn("user", asked), Turn("assistant", f"{result}{rng.choice(endings)}")], rng)


def _filled(template: str, pair: list[str]) -> str:
    return template.format(a=pair[0], b=pair[1])


def _ended(answer: str, endings: tuple[str, ...], rng: random.Random) -> str:
    """Finish an answer: a noun takes だ or です, a verb takes よ or んです."""
    if not _VERB.search(answer):
        return answer + rng.choice(endings)
    return answer + (rng.choice(("。", "よ。")) if endings is PLAIN_ENDINGS else "んです。")
