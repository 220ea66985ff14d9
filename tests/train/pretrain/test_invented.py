import itertools
import json
import random
from pathlib import Path

import pytest

from train.pretrain.contamination import contaminated
from train.pretrain.dialogue import polite_share
from train.pretrain.evaluate import CAPITAL_QUESTION
from train.pretrain.grams import grams
from train.pretrain.invented import invented, table
from train.pretrain.mixture import CARDS, EVERYDAY, FACTS
from train.pretrain.probes import own_texts

KNOWLEDGE = table("knowledge.toml")["questions"]
PROBES = own_texts()


def written(corpora: Path, part: str, count: int = 4000) -> list[str]:
    """The texts of one invented part, turn by turn."""
    stream = invented(corpora)[part](random.Random(1))
    return [turn.text for scene in itertools.islice(stream, count) for turn in scene]


@pytest.mark.parametrize("part", [FACTS, EVERYDAY, CARDS])
def test_probes_and_openings_are_in_no_invented_training_text(corpora: Path, part: str) -> None:
    texts = written(corpora, part)
    for name, probes in PROBES.items():
        assert contaminated(probes, texts) == [], name


def test_the_capital_of_japan_is_taught_in_the_words_of_the_bar(corpora: Path) -> None:
    assert CAPITAL_QUESTION in written(corpora, FACTS, 20_000)


def test_there_are_enough_probes_for_the_bars() -> None:
    assert len(PROBES["knowledge"]) >= 60
    assert len(PROBES["minimal pairs"]) >= 2 * 60
    assert len(set(PROBES["openings"])) == 100


def test_no_probe_offers_an_answer_twice() -> None:
    assert all(len(set(choices)) == 4 for _, *choices in KNOWLEDGE)


def test_everyday_replies_keep_their_column_of_the_table() -> None:
    everyday = table("everyday.toml")
    exchanges = everyday["exchanges"] + [exchange for talk in everyday["talks"] for exchange in talk]
    assert len(exchanges) >= 200
    assert polite_share([exchange[2] for exchange in exchanges]) < 0.05
    assert polite_share([exchange[3] for exchange in exchanges]) > 0.8


def test_no_card_asks_what_an_evaluation_asks(tmp_path: Path) -> None:
    records = [
        {
            "question": f"ある町の図書館に{number}冊ある本の題名は何というでしょうか？",
            "answer": f"町{number}",
            "title": f"町{number}",
        }
        for number in range(9)
    ]
    (tmp_path / "jaquad_qa.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    banned = records[2]["question"]
    asked = [
        turn.text
        for scene in itertools.islice(invented(tmp_path, frozenset(grams(banned)))[CARDS](random.Random(3)), 400)
        for turn in scene
        if turn.role == "user"
    ]
    assert banned not in asked
    assert records[1]["question"] in asked


def test_a_card_names_what_the_reply_says(corpora: Path) -> None:
    stream = invented(corpora)[CARDS](random.Random(2))
    for scene in itertools.islice(stream, 300):
        card = scene[0].text.split("\n")[1:]
        stems = [line.split("：", 1)[1].rstrip("。") for line in card]
        first = next(turn.text for turn in scene if turn.role == "assistant")
        assert any(first.startswith(stem) for stem in stems)
