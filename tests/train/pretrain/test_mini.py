"""The shipped base keeps the promises of its card."""

import re
from pathlib import Path
from typing import Any

import pytest
from transformers import AutoTokenizer

from train.pretrain.likelihood import loaded
from train.pretrain.probes import everyday_replies, greedy_reply, knowledge, minimal_pairs

MINI = Path(__file__).resolve().parents[3] / "model" / "mini"
MAX_BYTES = 32 * 2**20


@pytest.fixture(scope="module")
def mini() -> Any:
    return loaded(MINI), AutoTokenizer.from_pretrained(MINI)


def test_it_fits_into_the_repository() -> None:
    assert sum(path.stat().st_size for path in MINI.rglob("*") if path.is_file()) <= MAX_BYTES
    assert {"MODEL_CARD.md", "LICENSE", "aozora_attribution.tsv.gz"} <= {path.name for path in MINI.iterdir()}


def test_its_card_says_that_it_beats_the_5_gram_on_every_text_and_read_nothing_of_an_evaluation() -> None:
    card = (MINI / "MODEL_CARD.md").read_text(encoding="utf-8")
    held_out = re.findall(r"^\| (?:chat|encyclopedic|aozora) \| \d+% \| (.+) \|$", card, re.MULTILINE)
    assert len(held_out) == 3
    for row in held_out:
        _, nf4, bf16, five_gram, untrained = map(float, row.split(" | "))
        assert max(nf4, bf16) < five_gram < untrained
    seen = re.findall(r"^  .+ (\d+) of [\d,]+[;.]$", card, re.MULTILINE)
    assert len(seen) == 6
    assert set(seen) == {"0"}


def test_it_knows_the_capital_of_japan(mini: Any) -> None:
    assert "東京" in greedy_reply(*mini, "日本の首都は？")


def test_it_prefers_grammatical_sentences(mini: Any) -> None:
    assert minimal_pairs(*mini) >= 0.8


def test_it_knows_what_everybody_knows(mini: Any) -> None:
    assert knowledge(*mini) >= 0.4


def test_its_replies_end_and_differ(mini: Any) -> None:
    replies = everyday_replies(*mini, seed=1)
    assert replies.stopped >= 0.98
    assert replies.with_runs <= 0.02
    assert replies.distinct >= 0.9
