"""The figures of the model card: ``python -m train.pretrain.evaluate --corpora DIR --work DIR``.

Compares held-out losses per character with two references computed on the same text: a Kneser-Ney 5-gram character
model of the text this model was trained on, and the same architecture untrained. Then the probes, of this model and of
the same one before it was quantised. Writes one JSON.
"""

import argparse
import json
import logging
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from train.pretrain.architecture import new_model
from train.pretrain.contamination import contaminated, counted
from train.pretrain.grams import NoEvaluationSet, evaluation_texts
from train.pretrain.likelihood import loaded, token_losses
from train.pretrain.ngram import KneserNey
from train.pretrain.probes import everyday_replies, greedy_reply, knowledge, minimal_pairs
from train.pretrain.reread import document_ids, documents_of, trained_texts
from train.pretrain.rows import held_out_rows
from train.pretrain.unpacking import CorporaError, unpacked
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
    forms = {"model": model}
    if arguments.unquantised is not None:
        forms["unquantised"] = loaded(arguments.unquantised)
        figures["unquantised"] = probe_figures(forms["unquantised"], tokenizer, arguments.seed)
    if arguments.corpora is not None:
        texts = trained_texts(tokenizer, arguments.work)
        figures["held_out"] = held_out_figures(forms, tokenizer, texts, arguments)
        figures["contamination"] = counted(arguments.against, texts)
    text = json.dumps(figures, ensure_ascii=False, indent=1)
    log.info("%s", {name: figure for name, figure in figures.items() if name not in ("everyday", "unquantised")})
    if arguments.out is not None:
        arguments.out.write_text(text + "\n", encoding="utf-8")


def probe_figures(model: Any, tokenizer: PreTrainedTokenizerFast, seed: int) -> dict[str, object]:
    """Return the figures that need no corpus."""
    return {
        "parameters": model.num_parameters(),
        "minimal_pairs": round(minimal_pairs(model, tokenizer), 3),
        "knowledge": round(knowledge(model, tokenizer), 3),
        "capital": greedy_reply(model, tokenizer, CAPITAL_QUESTION),
        "everyday": asdict(everyday_replies(model, tokenizer, seed=seed)),
    }


def held_out_figures(
    forms: dict[str, Any], tokenizer: PreTrainedTokenizerFast, texts: Sequence[str], arguments: argparse.Namespace
) -> dict[str, dict[str, float]]:
    """Return the loss in nats per character of each register: the forms, the 5-gram and the untrained twin.

    ``texts`` are what the run has read. A held-out document that shares a run of 24 characters with one of them is left
    out: dialogue is cut out of the same novels that prose is.
    """
    config = forms["model"].config
    twin = new_model(tokenizer, layers=config.num_hidden_layers, hidden=config.hidden_size, seed=arguments.seed)
    num_chars = sum(map(len, texts))
    log.info("5-gram texts=%d chars=%d", len(texts), num_chars)
    ngram = KneserNey(texts)
    registers = {
        register: list(zip(document_ids(tokenizer, rows), documents_of(tokenizer, rows), strict=True))
        for register, rows in held_out_rows(arguments.corpora, tokenizer, max_rows=arguments.rows).items()
    }
    seen = set(contaminated([text for documents in registers.values() for _, text in documents], texts))
    figures: dict[str, dict[str, float]] = {}
    for register, documents in registers.items():
        unseen = [(ids, text) for ids, text in documents if text not in seen]
        ids, held_out = [ids for ids, _ in unseen], [text for _, text in unseen]
        count = sum(map(len, held_out))
        figures[register] = {
            **{form: loss_per_char(model, tokenizer, ids, count) for form, model in forms.items()},
            "five_gram": round(ngram.loss(held_out) / count, 4),
            "untrained": loss_per_char(twin, tokenizer, ids, count),
            "chars": count,
            "left_out": round(1 - len(unseen) / len(documents), 3),
            "five_gram_chars": num_chars,
        }
        log.info("%s %s", register, figures[register])
    return figures


def loss_per_char(
    model: Any, tokenizer: PreTrainedTokenizerFast, documents: Sequence[Sequence[int]], num_chars: int
) -> float:
    """Return the loss of text and of ends of turns per character, each document by itself.

    Who speaks next is given, not scored: a character model has no such tokens.
    """
    given = set(role_ids(tokenizer).values())
    total = 0.0
    for ids, losses in zip(documents, token_losses(model, documents), strict=True):
        total += sum(loss for token, loss in zip(ids[1:], losses, strict=True) if token not in given)
    return round(total / num_chars, 4)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m train.pretrain.evaluate", description=__doc__)
    parser.add_argument("--model", type=Path, default=Path("model/mini"))
    parser.add_argument("--unquantised", type=Path, help="the same model in bf16, to see what four bits cost")
    parser.add_argument("--corpora", type=Path, help="the corpora: their folder or .tar.zst; else only the probes")
    parser.add_argument("--work", type=Path, help="work folder of the run, for the 5-gram's text")
    parser.add_argument(
        "--against", type=Path, nargs="*", default=[], help="JSON lines of which nothing was to be read"
    )
    parser.add_argument("--rows", type=int, default=40, help="held-out rows of 512 tokens per register")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    if arguments.corpora is not None:
        if arguments.work is None:
            parser.error("--corpora asks for the --work folder of the run too.")
        try:
            arguments.corpora = unpacked(arguments.corpora, arguments.work)
            arguments.against = {path.stem: evaluation_texts(path) for path in arguments.against}
        except (CorporaError, NoEvaluationSet) as problem:
            parser.error(str(problem))
    return arguments


if __name__ == "__main__":
    main()
