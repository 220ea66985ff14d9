"""The command line of pretraining: ``python -m train.pretrain --corpora DIR --out model/mini --work DIR``.

Wires tokenizer, rows, training and export; each part is made once in the work folder and found again after a kill.
"""

import argparse
import logging
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from transformers import PreTrainedTokenizerFast

from model.files import whole
from train.pretrain.architecture import HEAD_WIDTH, new_model
from train.pretrain.corpus import SOURCES, documents
from train.pretrain.export import export
from train.pretrain.grams import NoEvaluationSet, kept_out
from train.pretrain.loop import Data, Trainer
from train.pretrain.mixture import Stage
from train.pretrain.plan import DECAY_SHARE, Plan
from train.pretrain.precision import fastest
from train.pretrain.rows import Rows, held_out_rows, stage_rows
from train.pretrain.settings import OtherSettings, agree, digest
from train.pretrain.size import ON_CPU, ON_CUDA, Size
from train.pretrain.unpacking import CorporaError, unpacked
from train.pretrain.vocabulary import PIECES, fast_tokenizer, train_pieces

log = logging.getLogger(__name__)

PIECES_SAMPLE_CHARS = 1_000_000
"""Most characters one source gives to the tokenizer's training."""
HELD_OUT_ROWS = 16
SEED = 1


class AlreadyLonger(ValueError):
    """An end that lies behind where the run stands, in one sentence."""


def main() -> None:
    arguments = _arguments()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    try:
        pretrain(arguments)
    except (AlreadyLonger, CorporaError, NoEvaluationSet, OtherSettings) as problem:
        sys.exit(str(problem))


def pretrain(arguments: argparse.Namespace) -> None:
    """Go the whole way, or the rest of it after a kill."""
    runs = kept_out(arguments.keep_out)
    torch.set_num_threads(arguments.threads)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    size = chosen_size(arguments, device)
    work: Path = arguments.work
    work.mkdir(parents=True, exist_ok=True)
    corpora = unpacked(arguments.corpora, work)
    agree(
        work,
        {
            "corpora": {source.file: (corpora / source.file).stat().st_size for source in SOURCES},
            "keep_out": digest(arguments.keep_out),
            "vocab": size.vocab,
            "layers": size.layers,
            "hidden": size.hidden,
            "batch_rows": size.batch_rows,
        },
    )
    tokenizer = made_tokenizer(corpora, work, size.vocab, arguments.threads)
    encode = partial(stage_rows, corpora, tokenizer, num_processes=arguments.threads, kept_out=runs, seed=SEED)
    made = made_rows(work, size.max_encoded, encode)
    held_out = held_out_rows(corpora, tokenizer, max_rows=HELD_OUT_ROWS)
    data = Data(
        stable=on_device(made[Stage.STABLE], device),
        decay=on_device(made[Stage.DECAY], device),
        held_out={register: on_device(rows, device) for register, rows in held_out.items()},
    )
    plan = Plan(
        num_tokens=size.num_tokens,
        decay_share=arguments.decay_share,
        batch_rows=size.batch_rows,
        micro_rows=size.micro_rows,
    )
    model = new_model(tokenizer, layers=size.layers, hidden=size.hidden, seed=SEED).to(device)
    dtype = getattr(torch, arguments.dtype) if arguments.dtype else fastest(device)
    trainer = Trainer(model=model, plan=plan, folder=work, compiled=not arguments.no_compile, dtype=dtype)
    trainer.resume()
    if trainer.position.step > plan.num_steps:
        told = f"{work} holds {trainer.position.step} steps, {plan.num_tokens} tokens are {plan.num_steps}"
        raise AlreadyLonger(f"{told}; ask for more --tokens.")
    log.info("training parameters=%d steps=%d", model.num_parameters(), plan.num_steps)
    trainer.write(
        kind="start",
        batch_rows=plan.batch_rows,
        decay_share=plan.decay_share,
        dtype=str(dtype).removeprefix("torch."),
        machine=machine(device, arguments.threads),
        stable_passes=round((plan.num_steps - plan.decay_steps) * plan.batch_rows / len(data.stable), 1),
    )
    trainer.run(data)
    export(work, arguments.out, is_quantised=True)


def chosen_size(arguments: argparse.Namespace, device: torch.device) -> Size:
    """Return the size for this device with what the command line says otherwise."""
    size = ON_CUDA if device.type == "cuda" else ON_CPU
    asked = {
        "num_tokens": arguments.tokens,
        "vocab": arguments.vocab,
        "layers": arguments.layers,
        "hidden": arguments.hidden,
    }
    changed = {name: number for name, number in asked.items() if number is not None}
    if arguments.tokens is not None:
        changed["max_encoded"] = min(arguments.tokens, size.max_encoded)
    return replace(size, **changed)


def made_tokenizer(corpora: Path, work: Path, size: int, num_threads: int) -> PreTrainedTokenizerFast:
    """Return the tokenizer of the work folder, training its pieces on the first call."""
    path = work / PIECES
    if not path.exists():
        pieces = train_pieces(_lines(corpora), size, num_threads)
        with whole(path) as beside:
            beside.write_bytes(pieces)
    return fast_tokenizer(path.read_bytes())


def made_rows(work: Path, num_tokens: int, encode: Callable[..., Rows]) -> dict[Stage, Rows]:
    """Return the rows of both stages, encoded on the first call."""
    made: dict[Stage, Rows] = {}
    for stage, length in {Stage.STABLE: num_tokens, Stage.DECAY: num_tokens // 2}.items():
        path = work / f"{stage}.npy"
        if not path.exists():
            rows = encode(stage=stage, num_tokens=length)
            with whole(path) as beside, beside.open("wb") as file:
                np.save(file, rows)
        made[stage] = np.load(path)
        log.info("rows stage=%s count=%d", stage, len(made[stage]))
    return made


def machine(device: torch.device, num_threads: int) -> str:
    """Return what computes, in words."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{num_threads} threads of a CPU" if num_threads > 1 else "one thread of a CPU"


def on_device(rows: Rows, device: torch.device) -> torch.Tensor:
    """Return rows as int32 on the training device, where they stay."""
    return torch.from_numpy(rows.astype(np.int32)).to(device)


def _lines(corpora: Path) -> list[str]:
    lines: list[str] = []
    for source in SOURCES:
        chars = 0
        for document in documents(corpora, source):
            for part in document.normalised().parts:
                lines += part.split("\n")
                chars += len(part)
            if chars > PIECES_SAMPLE_CHARS:
                break
    return lines


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m train.pretrain", description=__doc__)
    parser.add_argument("--corpora", type=Path, required=True, help="the corpora: their folder or .tar.zst")
    parser.add_argument("--out", type=Path, required=True, help="folder of the finished model")
    parser.add_argument("--work", type=Path, required=True, help="folder for tokenizer, rows, states and log")
    parser.add_argument("--keep-out", type=Path, nargs="*", default=[], help="JSON lines of evaluation sets")
    parser.add_argument("--tokens", type=int, help="length of the run; may change on resume")
    parser.add_argument("--decay-share", type=float, default=DECAY_SHARE, help="last part, with a falling rate")
    parser.add_argument("--vocab", type=int)
    parser.add_argument("--layers", type=int)
    parser.add_argument("--hidden", type=_width, help=f"width, a multiple of {HEAD_WIDTH}")
    parser.add_argument("--threads", type=int, default=_num_cores(), help="free cores, never more")
    parser.add_argument("--dtype", choices=("bfloat16", "float32"), help="of the products; else the faster one here")
    parser.add_argument("--no-compile", action="store_true")
    return parser.parse_args()


def _width(text: str) -> int:
    width = int(text)
    if width < HEAD_WIDTH or width % HEAD_WIDTH:
        raise argparse.ArgumentTypeError(f"{width} is no multiple of {HEAD_WIDTH}")
    return width


def _num_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


if __name__ == "__main__":
    main()
