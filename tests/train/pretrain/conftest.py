"""A tiny corpus and a tiny tokenizer, made once."""

import json
from pathlib import Path

import pytest
from transformers import PreTrainedTokenizerFast

from train.pretrain.corpus import SOURCES, Kind
from train.pretrain.vocabulary import fast_tokenizer, train_pieces

TEXTS = (
    "今日はいい天気ですね。",
    "日本の首都は東京です。",
    "明日は雨が降るでしょう。",
    "ラーメンが好きだよ。",
    "まじか〜〜！？",
    "「元気？」と聞いた。",
    "The end (2026)",
    "山田さんは本を読んでいる。",
)
TINY_PIECES = 330


@pytest.fixture(scope="session")
def pieces() -> bytes:
    return train_pieces([f"{text}{index % 7}" for index in range(300) for text in TEXTS], TINY_PIECES)


@pytest.fixture
def tokenizer(pieces: bytes) -> PreTrainedTokenizerFast:
    return fast_tokenizer(pieces)


@pytest.fixture(scope="session")
def corpora(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every file of the corpora, a few hundred short documents each."""
    folder = tmp_path_factory.mktemp("corpora")
    for source in SOURCES:
        (folder / source.file).write_text(_content(source.kind), encoding="utf-8")
    return folder


def _content(kind: Kind) -> str:
    numbers = range(300)
    if kind is Kind.DIALOGUE:
        talks = [[f"{TEXTS[(n + turn) % 8]}{n}" for turn in range(4)] for n in numbers]
        return "".join(json.dumps({"turns": talk}, ensure_ascii=False) + "\n" for talk in talks)
    if kind is Kind.QUESTION:
        records = [{"question": f"{n}の次は？", "answer": str(n + 1), "title": f"数{n}"} for n in numbers]
        return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    gap = "\n" if kind is Kind.PROSE else ""
    return "".join(f"{TEXTS[n % 8]}{n}\n{gap}" for n in numbers)
