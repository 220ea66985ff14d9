"""Compares shapes and optimizers for a minute or two: ``python -m train.pretrain.trial --corpora DIR --work DIR``.

Starts from new weights on the rows of a work folder and reports speed and held-out loss. Keeps no weights.
"""

import argparse
import logging
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from train.pretrain.architecture import new_model
from train.pretrain.loop import Data, Trainer
from train.pretrain.optimizers import adam_alone, optimizers
from train.pretrain.plan import Plan
from train.pretrain.precision import fastest
from train.pretrain.rows import held_out_rows
from train.pretrain.vocabulary import PIECES, fast_tokenizer

log = logging.getLogger(__name__)

ENDLESS = 10**9


def main() -> None:
    arguments = _arguments()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    torch.set_num_threads(arguments.threads)
    tokenizer = fast_tokenizer((arguments.work / PIECES).read_bytes())
    rows = torch.from_numpy(np.load(arguments.work / "stable.npy").astype(np.int32))
    held_out = held_out_rows(arguments.corpora, tokenizer, max_rows=16)
    data = Data(rows, rows, {name: torch.from_numpy(some.astype(np.int32)) for name, some in held_out.items()})
    model = new_model(tokenizer, layers=arguments.layers, hidden=arguments.hidden, seed=1)
    plan = Plan(num_tokens=ENDLESS, batch_rows=arguments.batch_rows, warmup_steps=30)
    choose = adam_alone if arguments.adam else optimizers
    with tempfile.TemporaryDirectory() as folder:
        dtype = fastest(torch.device("cpu"))
        trainer = Trainer(model=model, plan=plan, folder=Path(folder), compiled=True, dtype=dtype, choose=choose)
        trainer.step(data)  # compiles
        seconds = _trained(trainer, data, arguments.seconds)
        tokens = (trainer.position.step - 1) * plan.step_tokens
        losses = trainer.held_out(data.held_out)
        log.info("parameters=%d tokens_per_s=%.0f held_out=%s", model.num_parameters(), tokens / seconds, losses)


def _trained(trainer: Trainer, data: Data, seconds: float) -> float:
    started = time.monotonic()
    while (passed := time.monotonic() - started) < seconds:
        trainer.step(data)
    return passed


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m train.pretrain.trial", description=__doc__)
    parser.add_argument("--corpora", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True, help="work folder with pieces and rows")
    parser.add_argument("--seconds", type=float, default=110.0)
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--hidden", type=int, default=320)
    parser.add_argument("--batch-rows", type=int, default=16)
    parser.add_argument("--adam", action="store_true", help="AdamW alone, without Muon")
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
