"""The command of pretraining, as a process of its own."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from transformers import AutoModelForCausalLM, AutoTokenizer

from train.pretrain.size import ON_CPU

STEP_TOKENS = ON_CPU.batch_rows * 512


@pytest.fixture
def command(corpora: Path, tmp_path: Path) -> list[str]:
    command = [sys.executable, "-m", "train.pretrain", "--corpora", str(corpora), "--out", str(tmp_path / "mini")]
    return [*command, "--work", str(tmp_path / "work"), "--layers", "1", "--vocab", "350", "--no-compile"]


@pytest.mark.slow
def test_one_command_goes_from_corpora_to_a_loadable_model_and_goes_on_after_a_kill(
    command: list[str], tmp_path: Path
) -> None:
    small = [*command, "--hidden", "64"]
    log = tmp_path / "work" / "log.jsonl"
    with subprocess.Popen([*small, "--tokens", str(400 * STEP_TOKENS)], stderr=subprocess.DEVNULL) as killed:
        while not log.exists():
            time.sleep(0.05)
        killed.send_signal(signal.SIGKILL)
    for num_steps in (1, 3):
        arguments = [*small, "--tokens", str(num_steps * STEP_TOKENS)]
        subprocess.run(arguments, check=True, capture_output=True, timeout=170)
    entries = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert entries[-1]["step"] == 3
    assert entries[-1]["tokens"] == 3 * STEP_TOKENS
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "mini")
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "mini")
    assert model.config.vocab_size == len(tokenizer)
    for other, told in (
        (["--hidden", "128"], "made with hidden 64, this is 128"),
        (["--hidden", "64", "--tokens", str(STEP_TOKENS)], "ask for more --tokens"),
    ):
        refused = subprocess.run([*command, *other], check=False, capture_output=True, text=True, timeout=170)
        assert refused.returncode == 1
        assert told in refused.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (["--hidden", "100"], "100 is no multiple of 64"),
        (["--keep-out", "none.jsonl"], "none.jsonl cannot be read as JSON lines"),
        (["--corpora", "nowhere"], "nowhere cannot be unpacked"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(command: list[str], flags: list[str], told: str) -> None:
    refused = subprocess.run([*command, *flags], check=False, capture_output=True, text=True, timeout=60)
    assert refused.returncode != 0
    assert told in refused.stderr.splitlines()[-1]
    assert "Traceback" not in refused.stderr
