"""Turns rows back into text: what a run has read. Knows the chat format backwards; judges nothing."""

import re
from pathlib import Path

import numpy as np
import torch
from transformers import PreTrainedTokenizerFast

from train.pretrain.loop import STATE, Position
from train.pretrain.rows import Rows

_END_OF_TURN = re.compile(r"</s>(<\|\w+\|>)?")
_CONTROL = re.compile(r"<s>|<\|\w+\|>")


def document_ids(tokenizer: PreTrainedTokenizerFast, rows: Rows) -> list[list[int]]:
    """Return the documents of rows one by one, each from its ``<s>`` to its last ``</s>``."""
    documents: list[list[int]] = []
    for token in map(int, rows[rows != tokenizer.pad_token_id]):
        if token == tokenizer.bos_token_id:
            documents.append([])
        documents[-1].append(token)
    return documents


def documents_of(tokenizer: PreTrainedTokenizerFast, rows: Rows) -> list[str]:
    """Return the text of rows, one string per document, every turn's end a line break as the model has ``</s>``."""
    return [_text(str(tokenizer.decode(ids))) for ids in document_ids(tokenizer, rows)]


def trained_texts(tokenizer: PreTrainedTokenizerFast, work: Path) -> list[str]:
    """Return what the run in the work folder has read: its rows, decoded."""
    state = torch.load(work / STATE, map_location="cpu", weights_only=True, mmap=True)
    position = Position(**state["position"])
    read = {"stable": position.stable_rows, "decay": position.decay_rows}
    return [
        text for name, count in read.items() for text in documents_of(tokenizer, np.load(work / f"{name}.npy")[:count])
    ]


def _text(decoded: str) -> str:
    return _CONTROL.sub("", _END_OF_TURN.sub("\n", decoded)).removesuffix("\n")
