"""Invented utterances about twelve things, among others about nothing, for measuring what is found again.

``python -m tests.model.invented`` prints time and precision at 146, 900 and 5000 utterances (docs/performance.md).
"""

import random
import sys
import tempfile
import time
from pathlib import Path

from model.facts import Facts, write
from model.recall import topics_of

ASKED = {
    "麻雀": "麻雀つよい？",
    "横浜": "横浜には行く？",
    "カレー": "カレー作ったことある？",
    "猫": "猫は飼ってる？",
    "温泉": "温泉いきたいな",
    "将棋": "将棋の話して",
    "ギター": "ギター弾ける？",
    "自転車": "自転車どこで買った？",
    "雪": "雪は好き？",
    "ラーメン": "おすすめのラーメンは？",
    "卒論": "卒論どうなった？",
    "花火": "花火見に行った？",
}
SAID = (
    "{}のことなら一晩語れる",
    "昨日の{}がまだ忘れられない〜",
    "{}って聞くだけでわくわくするw",
    "結局いつも{}に戻ってくるんだよな",
    "また{}かよって言われたけど気にしない！",
    "雨の日こそ{}でしょ",
)
HEADS = (
    "今日は",
    "さっき",
    "なんか",
    "とりあえず",
    "やっぱり",
    "正直",
    "たまには",
    "みんなで",
    "ひとりで",
    "駅前で",
    "夜中に",
)
THINGS = (
    "散歩",
    "昼寝",
    "掃除",
    "映画",
    "珈琲",
    "読書",
    "買い物",
    "筋トレ",
    "料理",
    "洗濯",
    "写真",
    "電車",
    "授業",
    "会議",
    "朝食",
    "夕焼け",
)
TAILS = (
    "してきた〜",
    "したいな",
    "ばっかりしてるw",
    "に付き合ってくれ",
    "は最高だった",
    "の話して終わった！",
    "作ったことあるよ",
    "好きって言われた",
    "どこで買ったんだっけ",
    "見に行ってきた",
    "つよいなw",
    "のおすすめは？",
    "どうなったんだろう",
    "飼ってるみたいなもの",
)


def utterances(num: int, seed: int = 0) -> list[str]:
    """Return ``num`` utterances: six about each of the twelve things, the rest about others."""
    rng = random.Random(seed)
    about = [text.format(thing) for thing in ASKED for text in SAID]
    others = [rng.choice(HEADS) + rng.choice(THINGS) + rng.choice(TAILS) for _ in range(num - len(about))]
    return rng.sample(about + others, num)


def precision_at_5(facts: Facts, *, whole_questions: bool = False) -> float:
    """Return the share of the first five hits that are about what was asked, over the twelve questions.

    Searched are the words a question is about, as ``recall`` does it, or ``whole_questions``.
    """
    asked = {thing: question if whole_questions else " ".join(topics_of(question)) for thing, question in ASKED.items()}
    hits = [thing in text for thing, words in asked.items() for text in facts.search(words, 5)]
    return sum(hits) / (5 * len(ASKED))


def main() -> None:
    """Print a table; times are this process's CPU time."""
    for num in (146, 900, 5000):
        with tempfile.TemporaryDirectory() as folder:
            texts, path = utterances(num), Path(folder) / "facts.db"
            began = time.process_time()
            write(path, texts)
            built = time.process_time() - began
            facts, rounds = Facts(path), 20
            began = time.process_time()
            for _ in range(rounds):
                precision = precision_at_5(facts)
            query_ms = (time.process_time() - began) * 1000 / (rounds * len(ASKED))
            precision_whole = precision_at_5(facts, whole_questions=True)
            size_kb = path.stat().st_size / 1024
        sys.stdout.write(
            f"N={num} build_ms={built * 1000:.0f} query_ms={query_ms:.2f} "
            f"size_kb={size_kb:.0f} p_at_5={precision:.2f} whole_questions={precision_whole:.2f}\n"
        )


if __name__ == "__main__":
    main()
