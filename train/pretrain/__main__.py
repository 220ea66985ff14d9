"""The command line of pretraining: ``python -m train.pretrain --corpora DIR --out model/mini --work DIR``.

Wires tokenizer, rows, training and export; each part is made once in the work folder and found again after a kill.
"""

import argparse
import logging
import os
import subprocess
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from transformers import PreTrainedTokenizerFast

from train.pretrain.architecture import new_model
from train.pretrain.corpus import SOURCES, documents
from train.pretrain.export import export
from train.pretrain.grams import kept_out
from train.pretrain.loop import Data, Trainer
from train.pretrain.mixture import Stage
from train.pretrain.plan import DECAY_SHARE, Plan
from train.pretrain.precision import fastest
from train.pretrain.rows import Rows, held_out_rows, stage_rows
from train.pretrain.size import ON_CPU, ON_CUDA, Size
from train.pretrain.vocabulary import PIECES, fast_tokenizer, train_pieces

log = logging.getLogger(__name__)

PIECES_SAMPLE_CHARS = 1_000_000
"""Most characters one source gives to the tokenizer's training."""
HELD_OUT_ROWS = 16
SEED = 1


def main() -> None:
    arguments = _arguments()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    torch.set_num_threads(arguments.threads)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    size = chosen_size(arguments, device)
    work: Path = arguments.work
    work.mkdir(parents=True, exist_ok=True)
    corpora = unpacked(arguments.corpora, work)
    tokenizer = made_tokenizer(corpora, work, size.vocab, arguments.threads)
    encode = partial(
        stage_rows,
        corpora,
        tokenizer,
        num_processes=arguments.threads,
        kept_out=kept_out(arguments.keep_out),
        seed=SEED,
    )
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
    log.info(
        "training parameters=%d steps=%d device=%s dtype=%s", model.num_parameters(), plan.num_steps, device, dtype
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


def unpacked(corpora: Path, work: Path) -> Path:
    """Return the folder of the corpora, unpacking an archive into the work folder first."""
    if corpora.is_dir():
        return corpora
    folder = work / "corpora"
    if not folder.exists():
        beside = work / "corpora.new"
        beside.mkdir(exist_ok=True)
        subprocess.run(["tar", "--zstd", "-xf", str(corpora), "-C", str(beside)], check=True)
        beside.rename(folder)
    return folder


def made_tokenizer(corpora: Path, work: Path, size: int, num_threads: int) -> PreTrainedTokenizerFast:
    """Return the tokenizer of the work folder, training its pieces on the first call."""
    path = work / PIECES
    if not path.exists():
        path.write_bytes(train_pieces(_lines(corpora), size, num_threads))
    return fast_tokenizer(path.read_bytes())


def made_rows(work: Path, num_tokens: int, encode: Callable[..., Rows]) -> dict[Stage, Rows]:
    """Return the rows of both stages, encoded on the first call."""
    made: dict[Stage, Rows] = {}
    for stage, length in {Stage.STABLE: num_tokens, Stage.DECAY: num_tokens // 2}.items():
        path = work / f"{stage}.npy"
        if not path.exists():
            np.save(path, encode(stage=stage, num_tokens=length))
        made[stage] = np.load(path)
        log.info("rows stage=%s count=%d", stage, len(made[stage]))
    return made


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
    parser.add_argument("--corpora", type=Path, required=True, help="folder of the corpora, or their .tar.zst")
    parser.add_argument("--out", type=Path, required=True, help="folder of the finished model")
    parser.add_argument("--work", type=Path, required=True, help="folder for tokenizer, rows, states and log")
    parser.add_argument("--keep-out", type=Path, nargs="*", default=[], help="JSON lines of evaluation sets")
    parser.add_argument("--tokens", type=int, help="length of the run; may change on resume")
    parser.add_argument("--decay-share", type=float, default=DECAY_SHARE, help="last part, with a falling rate")
    parser.add_argument("--vocab", type=int)
    parser.add_argument("--layers", type=int)
    parser.add_argument("--hidden", type=int, help="width, a multiple of 64")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, help="free cores, never more")
    parser.add_argument("--dtype", choices=("bfloat16", "float32"), help="of the products; else the faster one here")
    parser.add_argument("--no-compile", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
