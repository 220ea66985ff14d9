import subprocess
import sys
from pathlib import Path

import pytest
from transformers import AutoModelForCausalLM, AutoTokenizer


@pytest.mark.slow
def test_one_command_goes_from_corpora_to_a_loadable_model_and_resumes(corpora: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "train.pretrain", "--corpora", str(corpora), "--out", str(tmp_path / "mini")]
    command += ["--work", str(tmp_path / "work"), "--layers", "1", "--hidden", "64", "--vocab", "350", "--no-compile"]
    for tokens in ("8192", "16384"):
        subprocess.run([*command, "--tokens", tokens], check=True, capture_output=True, timeout=170)
    steps = (tmp_path / "work" / "log.jsonl").read_text(encoding="utf-8").count('"kind": "step"')
    assert steps == 16384 // 4096
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "mini")
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "mini")
    assert model.config.vocab_size == len(tokenizer)
