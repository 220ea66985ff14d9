"""A shelf with invented checkpoints for the console's tests: files alone, no weights."""

import json
from pathlib import Path
from typing import Any

from tests.consents import write_consent
from train import dataset

EXAMPLE = Path(__file__).parents[4] / "examples" / "senpai"

CURRENT = "hanako"


def stock(home: Path, persona: str) -> None:
    """Put hanako (current), taro (passed) and jiro (failed its gate) on the shelf of ``home``, and hanako's data."""
    put(home, CURRENT, persona, created_at="2026-11-03T10:00:00+00:00", data_hash="d1")
    put_data(home, CURRENT, "d1")
    put(home, "taro", persona.replace("花子", "太郎"), created_at="2026-11-02T10:00:00+00:00")
    failed = {"gate": "failed", "gate_failed": ["K1", "M1"]}
    put(home, "jiro", persona.replace("花子", "次郎"), created_at="2026-11-01T10:00:00+00:00", **failed)
    (home / "checkpoints" / "current").write_text(f"{CURRENT}\n", encoding="utf-8")


def put(home: Path, name: str, persona: str, **fields: Any) -> None:
    """Put one checkpoint on the shelf, with a report card."""
    folder = home / "checkpoints" / name
    (folder / "report").mkdir(parents=True)
    manifest = {
        "name": name,
        "kind": "adapter",
        "base": "mini",
        "method": "lora",
        "gate": "passed",
        "metrics": {"G1": {"value": 0.9, "low": 0.8, "high": 1.0}, "S1": {"value": 0.72}},
        **fields,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (folder / "persona.toml").write_text(persona, encoding="utf-8")
    write_consent(folder)
    card = f"<!doctype html><html lang=en><title>{name}</title><h1>Report card of {name}</h1></html>"
    (folder / "report" / "report.html").write_text(card, encoding="utf-8")


def put_data(home: Path, name: str, data_hash: str) -> None:
    """Put a data folder with one line held out below ``home``."""
    folder = home / "data" / name
    folder.mkdir(parents=True)
    card = {"hash": data_hash, "held_out": ["2"]}
    (folder / "card.json").write_text(json.dumps(card), encoding="utf-8")
    lines = [
        {"id": "1", "text": "これは学習に使った", "parent": None},
        {"id": "2", "text": "麻雀をしていたら朝になったよ〜", "parent": "きのうは何してた？"},
    ]
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (folder / "utterances.jsonl").write_text(text, encoding="utf-8")


def build_example(home: Path) -> None:
    """Build the example's data folder below ``home``, with its consent."""
    sources = [EXAMPLE / "archive", *sorted((EXAMPLE / "talks").iterdir())]
    dataset.build(sources, speaker="蒼井", out=home / "data" / "example", consent=EXAMPLE / "consent.toml")
