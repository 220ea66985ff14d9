from pathlib import Path

import numpy as np
from transformers import PreTrainedTokenizerFast

from train.pretrain.architecture import new_model
from train.pretrain.dialogue import Turn
from train.pretrain.loop import Trainer
from train.pretrain.plan import Plan
from train.pretrain.reread import documents_of, trained_texts
from train.pretrain.rows import Encoder, pack

TALK = [Turn("system", "常体で。\n名前：山田"), Turn("user", "元気？"), Turn("assistant", "元気だよ。")]
PROSE = [Turn("text", "今日はいい天気ですね。\n明日は雨が降るでしょう。")]


def test_rows_read_back_as_the_texts_they_were_made_of(tokenizer: PreTrainedTokenizerFast) -> None:
    rows = pack(map(Encoder(tokenizer), [TALK, PROSE]), tokenizer.pad_token_id)
    assert documents_of(tokenizer, rows) == ["\n".join(turn.text for turn in scene) for scene in (TALK, PROSE)]


def test_only_what_the_run_has_read_counts(tokenizer: PreTrainedTokenizerFast, tmp_path: Path) -> None:
    trainer = Trainer(
        model=new_model(tokenizer, layers=1, hidden=64, seed=1),
        plan=Plan(num_tokens=10**6),
        folder=tmp_path,
        compiled=False,
    )
    trainer.position.stable_rows = 1
    trainer.save()
    for name, scene in {"stable": TALK, "decay": PROSE}.items():
        np.save(tmp_path / f"{name}.npy", pack([Encoder(tokenizer)(scene)], tokenizer.pad_token_id))
    assert trained_texts(tokenizer, tmp_path) == ["常体で。\n名前：山田\n元気？\n元気だよ。"]
