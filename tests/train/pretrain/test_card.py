import json
from pathlib import Path
from typing import Any

import pytest

from train.pretrain.card import card, curve, logged, model_size

MINI = Path(__file__).resolve().parents[3] / "model" / "mini"

REGISTER = {
    "model": 2.1,
    "unquantised": 2.09,
    "five_gram": 2.4,
    "untrained": 4.7,
    "chars": 100,
    "left_out": 0.2,
    "five_gram_chars": 2_000_000,
}
START = {"batch_rows": 2, "decay_share": 0.3, "dtype": "float32", "machine": "2 threads of a CPU", "stable_passes": 1.2}


@pytest.fixture
def figures() -> dict[str, Any]:
    openings = [f"話題{number}？" for number in range(100)]
    replies = [f"返事{number}|\n続き" for number in range(100)]
    everyday = {"openings": openings, "replies": replies, "stopped": 0.99, "with_runs": 0.0, "distinct": 0.97}
    held_out = dict.fromkeys(("chat", "encyclopedic", "aozora"), REGISTER)
    form = {
        "parameters": 1_250_000,
        "minimal_pairs": 0.9,
        "knowledge": 0.5,
        "capital": "東京|だよ。\n",
        "everyday": everyday,
    }
    contamination = {"set_a": {"texts": 1200, "seen": 3}, "own openings": {"texts": 100, "seen": 0}}
    return {"seed": 1, **form, "held_out": held_out, "unquantised": form, "contamination": contamination}


@pytest.fixture
def entries() -> list[dict[str, Any]]:
    steps = [{"kind": "step", "step": n, "tokens": n * 4096, "seconds": n * 2.0, "loss": 9 / n} for n in range(1, 90)]
    last = {**steps[-1], "kind": "held_out", "chat": 3.1, "encyclopedic": 4.1, "aozora": 4.5}
    return [{"kind": "start", "step": 0, "tokens": 0, "seconds": 0.0, **START}, *steps, last]


def test_the_card_shows_twenty_replies_at_fixed_places(entries: list[dict[str, Any]], figures: dict[str, Any]) -> None:
    text = card(model_size(MINI), entries, figures)
    shown = [line for line in text.splitlines() if line.startswith("| 話題")]
    assert len(shown) == 20
    assert shown[1] == "| 話題5？ | 返事5｜ 続き |"


def test_the_card_names_every_source_it_was_trained_on(entries: list[dict[str, Any]], figures: dict[str, Any]) -> None:
    text = card(model_size(MINI), entries, figures)
    attribution = text.split("## Attribution")[1]
    sources = [line.split("|")[1].strip() for line in text.split("| source | stable")[1].splitlines()[2:21]]
    assert all(source in attribution for source in sources if source)


def test_the_card_says_how_large_the_model_is(entries: list[dict[str, Any]], figures: dict[str, Any]) -> None:
    size = model_size(MINI) | {"num_hidden_layers": 3, "hidden_size": 192, "num_attention_heads": 3, "mb": 4.06}
    text = " ".join(card(size, entries, figures).split())
    assert "1.2 million parameters (3 layers, width 192, 3 heads of 64, 8,192 pieces" in text
    assert "(bitsandbytes), 4.1 MB;" in text


def test_the_card_says_how_the_model_was_trained(entries: list[dict[str, Any]], figures: dict[str, Any]) -> None:
    text = " ".join(card(model_size(MINI), entries, figures).split())
    assert "on 2 threads of a CPU, float32, batches of 2 rows of 512 tokens" in text
    assert "over the last 30%" in text
    assert "| 東京｜だよ。 |" in text
    assert "set_a 3 of 1,200; own openings 0 of 100." in text


def test_of_a_step_taken_again_after_a_kill_the_last_counts(tmp_path: Path) -> None:
    entries = [
        {"kind": "step", "tokens": count, "loss": loss} for count, loss in ((1, 9), (2, 8), (3, 7), (2, 6), (3, 5))
    ]
    (tmp_path / "log.jsonl").write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    assert [entry["loss"] for entry in logged(tmp_path / "log.jsonl")] == [9, 6, 5]


def test_the_curve_has_a_line_for_training_and_for_each_register(entries: list[dict[str, Any]]) -> None:
    assert len(curve(entries).axes[0].lines) == 4
