"""Writes the model of a work folder as a plain transformers folder, in NF4 or bf16. Knows file layout, not training.

``python -m train.pretrain.export --work DIR --out model/mini`` does it while the run goes on. A trap of bitsandbytes is
walked around: a 4-bit model is saved before any forward, since on CPUs with AVX512-BF16 the first forward repacks the
weights and a later save writes them wrongly.
"""

import argparse
import logging
import tempfile
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, GenerationConfig, PreTrainedTokenizerFast

from train.pretrain.architecture import with_weights
from train.pretrain.loop import STATE
from train.pretrain.vocabulary import PIECES, fast_tokenizer

log = logging.getLogger(__name__)

SHARD = "14MB"
"""Largest file of weights: one for the size of a CPU, two or three for that of a GPU."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m train.pretrain.export", description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("model/mini"))
    parser.add_argument("--bf16", action="store_true", help="leave the linear layers unquantised")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    export(arguments.work, arguments.out, is_quantised=not arguments.bf16)


def export(work: Path, out: Path, *, is_quantised: bool) -> None:
    """Write weights, tokenizer, config, generation config and chat template into ``out``, each file whole.

    Files of other makers in ``out`` (card, licence) stay.
    """
    tokenizer = fast_tokenizer((work / PIECES).read_bytes())
    weights = torch.load(work / STATE, map_location="cpu", weights_only=True)["model"]
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent) as beside:
        full = Path(beside) / "bf16"
        with_weights(tokenizer, weights).to(torch.bfloat16).save_pretrained(full)
        folder = _quantised(full, Path(beside) / "nf4") if is_quantised else full
        tokenizer.save_pretrained(folder)
        generation_config(tokenizer).save_pretrained(folder)
        for stale in out.glob("model*.safetensors*"):
            stale.unlink()
        for path in sorted(folder.iterdir()):
            path.chmod(0o644)
            log.info("exported file=%s bytes=%d", path.name, path.stat().st_size)
            path.replace(out / path.name)


def generation_config(tokenizer: PreTrainedTokenizerFast) -> Any:
    """Return the sampling that the figures of the model card were measured with."""
    return GenerationConfig(  # type: ignore[no-untyped-call]
        do_sample=True,
        temperature=0.8,
        top_p=0.95,
        max_new_tokens=128,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )


def _quantised(full: Path, folder: Path) -> Path:
    nf4 = BitsAndBytesConfig(  # type: ignore[no-untyped-call]
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_compute_dtype=torch.bfloat16,
        bnb_4bit_use_double_quant=False,
    )
    model = AutoModelForCausalLM.from_pretrained(full, quantization_config=nf4, dtype=torch.bfloat16, device_map="cpu")
    model.save_pretrained(folder, max_shard_size=SHARD)
    return folder


if __name__ == "__main__":
    main()
