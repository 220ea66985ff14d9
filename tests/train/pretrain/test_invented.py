import itertools
import random
from importlib.resources import files
from pathlib import Path

import pytest

from train.pretrain.contamination import contaminated
from train.pretrain.dialogue import polite_share
from train.pretrain.evaluate import CAPITAL_QUESTION
from train.pretrain.invented import invented, table
from train.pretrain.mixture import CARDS, EVERYDAY, FACTS

KNOWLEDGE = table("knowledge.toml")["questions"]
PROBES = {
    "knowledge": [question for question, *_ in KNOWLEDGE],
    "pairs": [sentence for pair in table("minimal_pairs.toml")["pairs"] for sentence in pair],
    "openings": files("train.pretrain").joinpath("tables", "openings.txt").read_text("utf-8").split("\n")[:-1],
}


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
    assert len(PROBES["pairs"]) >= 2 * 60
    assert len(set(PROBES["openings"])) == 100


def test_no_probe_offers_an_answer_twice() -> None:
    assert all(len(set(choices)) == 4 for _, *choices in KNOWLEDGE)


def test_everyday_replies_keep_their_column_of_the_table() -> None:
    everyday = table("everyday.toml")
    exchanges = everyday["exchanges"] + [exchange for talk in everyday["talks"] for exchange in talk]
    assert len(exchanges) >= 200
    assert polite_share([exchange[2] for exchange in exchanges]) < 0.05
    assert polite_share([exchange[3] for exchange in exchanges]) > 0.8


def test_a_card_names_what_the_reply_says(corpora: Path) -> None:
    stream = invented(corpora)[CARDS](random.Random(2))
    for scene in itertools.islice(stream, 300):
        card = scene[0].text.split("\n")[1:]
        stems = [line.split("：", 1)[1].rstrip("。") for line in card]
        first = next(turn.text for turn in scene if turn.role == "assistant")
        assert any(first.startswith(stem) for stem in stems)
