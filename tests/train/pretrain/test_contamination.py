import json

import pytest

from tests.shared import SHARED, needs_shared
from train.pretrain.contamination import contaminated
from train.pretrain.invented import table

LONG = "図書館で借りた本を返しに行く途中で、むかしの友人に会った。"


def test_a_shared_run_of_24_characters_is_found() -> None:
    assert contaminated([LONG], ["前置き" + LONG[3:27] + "後置き"]) == [LONG]
    assert contaminated([LONG], ["前置き" + LONG[3:26] + "後置き"]) == []


def test_a_short_text_is_found_only_as_a_whole() -> None:
    assert contaminated(["雨が降る。"], ["明日は雨が降る。"]) == ["雨が降る。"]
    assert contaminated(["雨が降る。"], ["雨が降", "る。"]) == []


@needs_shared
@pytest.mark.parametrize("name", ["jcommonsenseqa_valid_v1.3", "jsquad_valid_v1.3"])
def test_invented_tables_share_no_run_with_the_evaluation_sets(name: str) -> None:
    lines = (SHARED / "jglue" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [question for line in lines if len(question := json.loads(line).get("question") or "") >= 24]
    exchanges = [text for exchange in table("everyday.toml")["exchanges"] for text in exchange]
    assert contaminated(questions, exchanges) == []
