import json
from pathlib import Path

import pytest

from train.pretrain.grams import NoEvaluationSet, evaluation_texts, kept_out

QUESTION = "図書館で借りた本を返しに行く途中で、だれに会ったか？"


def test_texts_count_however_deep_they_stand(tmp_path: Path) -> None:
    record = {"id": 3, "question": QUESTION, "answers": {"text": ["友人", "むかしの友人"]}}
    (tmp_path / "set.jsonl").write_text(json.dumps(record) + "\n\n", encoding="utf-8")
    assert evaluation_texts(tmp_path / "set.jsonl") == [QUESTION, "友人", "むかしの友人"]


def test_a_separator_inside_a_text_ends_no_line(tmp_path: Path) -> None:
    line = json.dumps({"text": f"前\u2028{QUESTION}"}, ensure_ascii=False)
    (tmp_path / "set.jsonl").write_text(line + "\n", encoding="utf-8")
    assert QUESTION[:24] in kept_out([tmp_path / "set.jsonl"])


@pytest.mark.parametrize("line", ["本文だけ", "[1, 2]", '"text"'])
def test_a_line_that_is_no_object_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "set.jsonl").write_text('{"text": "一"}\n' + line + "\n", encoding="utf-8")
    with pytest.raises(NoEvaluationSet, match=r"set\.jsonl, line 2: no JSON object"):
        evaluation_texts(tmp_path / "set.jsonl")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NoEvaluationSet, match=r"none\.jsonl cannot be read"):
        kept_out([tmp_path / "none.jsonl"])
