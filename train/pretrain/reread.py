"""Turns rows back into text: what a run has read. Knows the chat format backwards; judges nothing."""

import re
from pathlib import Path

import numpy as np
import torch
from transformers import PreTrainedTokenizerFast

from train.pretrain.loop import STATE, Position
from train.pretrain.rows import Rows

_END_OF_TURN = re.compile(r"</s>(<\|\w+\|>)?")


def documents_of(tokenizer: PreTrainedTokenizerFast, rows: Rows) -> list[str]:
    """Return the text of rows, one string per document, every turn's end a line break as the model has ``</s>``."""
    decoded = tokenizer.batch_decode([row[row != tokenizer.pad_token_id] for row in rows])
    documents = [document for row in decoded for document in row.split("<s>") if document]
    return [re.sub(r"<\|\w+\|>", "", _END_OF_TURN.sub("\n", document)).removesuffix("\n") for document in documents]


def trained_texts(tokenizer: PreTrainedTokenizerFast, work: Path) -> list[str]:
    """Return what the run in the work folder has read: its rows, decoded."""
    state = torch.load(work / STATE, map_location="cpu", weights_only=True, mmap=True)
    position = Position(**state["position"])
    read = {"stable": position.stable_rows, "decay": position.decay_rows}
    return [
        text for name, count in read.items() for text in documents_of(tokenizer, np.load(work / f"{name}.npy")[:count])
    ]
