"""A small data folder with its consent, and a recipe that is done in seconds. Everyone in it is invented."""

from pathlib import Path

from train.card import Card, histograms
from train.contents import Contents
from train.dataset import CARD
from train.evaluate.material import Probe, Questions
from train.recipe import Adapter, Anchors, Recipe
from train.utterance import Utterance

THINGS = ("カレー", "望遠鏡", "麦茶", "将棋", "温泉", "自転車", "ラーメン", "天気")
ENDINGS = ("最高〜！", "食べすぎたw", "の話する？", "欲しいな〜", "はむずい…", "が好き！", "忘れた〜", "また明日だな")

CONSENT = """
person = "てつ先輩"
contact = "tetsu@example.org"
given_at = 2020-01-01
until = 2099-12-31
basis = "本人が書面で同意した。"
sources = ["*"]
platforms = ["discord", "line", "console"]
"""


FEW = Questions(("やっほー", "元気？"), (Probe("海は何色？", ("青",)), Probe("日本の首都は？", ("東京",))))
"""Enough to be measured with, and soon answered."""


def write_data(folder: Path, *, num: int = 64, consent: str | None = CONSENT) -> Path:
    """Write ``num`` utterances (at most 64), every second one an answer, one in eight held out."""
    folder.mkdir(parents=True)
    texts = [f"{thing}{ending}" for thing in THINGS for ending in ENDINGS][:num]
    utterances = [
        Utterance(
            id=f"u{index:03d}",
            text=text,
            speaker="てつ",
            said_at=None,
            source="tweets.js",
            locator=str(index),
            parent="今日はどう？" if index % 2 else None,
        )
        for index, text in enumerate(texts)
    ]
    contents = Contents(utterances=utterances, dropped=[], rows=[], consent=consent)
    contents.write(folder)
    card = Card(
        sources=[],
        speaker="てつ",
        num_utterances=num,
        num_chars=sum(map(len, texts)),
        held_out=[utterance.id for utterance in utterances[::8]],
        histograms=histograms(utterances),
        hash="of the test",
    )
    (folder / CARD).write_text(card.model_dump_json(), encoding="utf-8")
    return folder


def quick(**fields: object) -> Recipe:
    """Return a recipe of six steps without anchors, probed every second step."""
    own = {
        "name": "quick",
        "batch": 4,
        "max_steps": 6,
        "probe_every": 2,
        "learning_rate": 5e-3,
        "adapter": Adapter(r=4, alpha=8),
        "anchors": Anchors(neutral=0, persona=0),
    }
    return Recipe.model_validate(own | fields)
