"""The figures of the model card: ``python -m train.pretrain.evaluate --corpora DIR --work DIR``.

Compares held-out losses per character with two references computed on the same text: a Kneser-Ney 5-gram character
model of the text this model was trained on, and the same architecture untrained. Then the probes. Writes one JSON.
"""

import argparse
import json
import logging
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from train.pretrain.architecture import new_model
from train.pretrain.likelihood import loaded, token_losses
from train.pretrain.ngram import KneserNey
from train.pretrain.probes import everyday_replies, greedy_reply, knowledge, minimal_pairs
from train.pretrain.reread import document_ids, documents_of, trained_texts
from train.pretrain.rows import Rows, held_out_rows
from train.pretrain.vocabulary import role_ids

log = logging.getLogger(__name__)

CAPITAL_QUESTION = "日本の首都は？"


def main() -> None:
    arguments = _arguments()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(arguments.threads)
    started = time.perf_counter()
    tokenizer: Any = AutoTokenizer.from_pretrained(arguments.model)
    model = loaded(arguments.model)
    figures: dict[str, object] = {
        "model": arguments.model.name,
        "seed": arguments.seed,
        "load_s": round(time.perf_counter() - started, 2),
    }
    figures |= probe_figures(model, tokenizer, arguments.seed)
    if arguments.corpora is not None:
        figures["held_out"] = held_out_figures(model, tokenizer, arguments)
    text = json.dumps(figures, ensure_ascii=False, indent=1)
    log.info("%s", {name: figure for name, figure in figures.items() if name != "everyday"})
    if arguments.out is not None:
        arguments.out.write_text(text + "\n", encoding="utf-8")


def probe_figures(model: Any, tokenizer: PreTrainedTokenizerFast, seed: int) -> dict[str, object]:
    """Return the figures that need no corpus."""
    return {
        "minimal_pairs": round(minimal_pairs(model, tokenizer), 3),
        "knowledge": round(knowledge(model, tokenizer), 3),
        "capital": greedy_reply(model, tokenizer, CAPITAL_QUESTION),
        "everyday": asdict(everyday_replies(model, tokenizer, seed=seed)),
    }


def held_out_figures(
    model: Any, tokenizer: PreTrainedTokenizerFast, arguments: argparse.Namespace
) -> dict[str, dict[str, float]]:
    """Return the loss in nats per character of each register: this model, the 5-gram and the untrained twin."""
    registers = held_out_rows(arguments.corpora, tokenizer, max_rows=arguments.rows)
    config = model.config
    untrained = new_model(tokenizer, layers=config.num_hidden_layers, hidden=config.hidden_size, seed=arguments.seed)
    texts = trained_texts(tokenizer, arguments.work)
    chars = sum(map(len, texts))
    log.info("5-gram texts=%d chars=%d", len(texts), chars)
    ngram = KneserNey(texts)
    figures: dict[str, dict[str, float]] = {}
    for register, rows in registers.items():
        held_out = documents_of(tokenizer, rows)
        count = sum(map(len, held_out))
        figures[register] = {
            "model": loss_per_char(model, tokenizer, rows, count),
            "five_gram": round(ngram.loss(held_out) / count, 4),
            "untrained": loss_per_char(untrained, tokenizer, rows, count),
            "chars": count,
            "five_gram_chars": chars,
        }
        log.info("%s %s", register, figures[register])
    return figures


def loss_per_char(model: Any, tokenizer: PreTrainedTokenizerFast, rows: Rows, num_chars: int) -> float:
    """Return the loss of text and of ends of turns per character, each document by itself.

    Who speaks next is given, not scored: a character model has no such tokens.
    """
    given = set(role_ids(tokenizer).values())
    documents = document_ids(tokenizer, rows)
    total = 0.0
    for ids, losses in zip(documents, token_losses(model, documents), strict=True):
        total += sum(loss for token, loss in zip(ids[1:], losses, strict=True) if token not in given)
    return round(total / num_chars, 4)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m train.pretrain.evaluate", description=__doc__)
    parser.add_argument("--model", type=Path, default=Path("model/mini"))
    parser.add_argument("--corpora", type=Path, help="folder of the corpora: without it only the probes")
    parser.add_argument("--work", type=Path, help="work folder of the run, for the 5-gram's text")
    parser.add_argument("--rows", type=int, default=40, help="held-out rows of 512 tokens per register")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    main()
