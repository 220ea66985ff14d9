from typing import Any

import pytest

from train.pretrain.card import card, curve

REGISTER = {"model": 2.1, "five_gram": 2.4, "untrained": 4.7, "chars": 100, "five_gram_chars": 2_000_000}


@pytest.fixture
def figures() -> dict[str, Any]:
    openings = [f"話題{number}？" for number in range(100)]
    replies = [f"返事{number}|\n続き" for number in range(100)]
    everyday = {"openings": openings, "replies": replies, "stopped": 0.99, "with_runs": 0.0, "distinct": 0.97}
    held_out = dict.fromkeys(("chat", "encyclopedic", "aozora"), REGISTER)
    return {
        "seed": 1,
        "minimal_pairs": 0.9,
        "knowledge": 0.5,
        "capital": "東京だよ。",
        "everyday": everyday,
        "held_out": held_out,
    }


@pytest.fixture
def entries() -> list[dict[str, Any]]:
    steps = [{"kind": "step", "step": n, "tokens": n * 4096, "seconds": n * 2.0, "loss": 9 / n} for n in range(1, 90)]
    last = {**steps[-1], "kind": "held_out", "chat": 3.1, "encyclopedic": 4.1, "aozora": 4.5}
    return [*steps, last]


def test_the_card_shows_twenty_replies_at_fixed_places(entries: list[dict[str, Any]], figures: dict[str, Any]) -> None:
    text = card(entries, figures, figures)
    shown = [line for line in text.splitlines() if line.startswith("| 話題")]
    assert len(shown) == 20
    assert shown[1] == "| 話題5？ | 返事5｜ 続き |"


def test_the_card_names_every_source_it_was_trained_on(entries: list[dict[str, Any]], figures: dict[str, Any]) -> None:
    text = card(entries, figures, figures)
    attribution = text.split("## Attribution")[1]
    sources = [line.split("|")[1].strip() for line in text.split("| source | stable")[1].splitlines()[2:21]]
    assert all(source in attribution for source in sources if source)


def test_the_curve_has_a_line_for_training_and_for_each_register(entries: list[dict[str, Any]]) -> None:
    assert len(curve(entries).axes[0].lines) == 4
