"""JGLUE from local files, in the forms it is found in, asked of a tiny model and of one that knows the answers."""

import json
from pathlib import Path
from typing import Any

import pytest

from model.conversation import Conversation, Role, Turn
from tests.model.tiny import tiny_model, tiny_tokenizer
from tests.shared import SHARED, needs_shared
from train.evaluate import jglue
from train.evaluate.jglue import JglueError, load
from train.evaluate.subject import Reply, Subject
from train.samples import encode

COMMONSENSE = [
    {"id": number, "question": "空は何色？", "choices": ["赤", "青", "緑", "黒", "白"], "label": 1}
    for number in range(6)
]
PUBLISHED_FORM = {"q_id": 1, "question": "空は何色？", **{f"choice{n}": f"色{n}" for n in range(5)}, "label": 3}
RELATIONS = [
    {"sentence1": "猫が寝ている。", "sentence2": "動物が寝ている。", "label": "entailment"},
    {"premise": "猫が寝ている。", "hypothesis": "猫が走っている。", "label": "contradiction"},
]
SQUAD = {
    "version": "1.3",
    "data": [
        {
            "title": "駅",
            "paragraphs": [
                {
                    "context": "駅 [SEP] 駅は1900年にできた。",
                    "qas": [{"question": "いつできた？", "answers": [{"text": "1900年"}]}],
                }
            ],
        }
    ],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in [*COMMONSENSE, PUBLISHED_FORM])
    (tmp_path / "jcommonsenseqa_valid_v1.3.jsonl").write_text(lines, encoding="utf-8")
    (tmp_path / "jnli-v1.3").mkdir()
    lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in RELATIONS)
    (tmp_path / "jnli-v1.3" / "valid-v1.3.json").write_text(lines, encoding="utf-8")
    (tmp_path / "jsquad-valid-v1.3.json").write_text(json.dumps(SQUAD, ensure_ascii=False), encoding="utf-8")
    return tmp_path


def test_both_forms_of_every_set_are_read(folder: Path) -> None:
    sets = load(folder)
    assert [task.right for task in sets.choices["G4"]] == [1] * 6 + [3]
    assert sets.choices["G4"][-1].options == ("色0", "色1", "色2", "色3", "色4")
    assert [task.options[task.right] for task in sets.choices["JNLI"]] == ["含意", "矛盾"]
    assert sets.readings[0].accepted == ("1900年",)
    assert "[SEP]" not in sets.readings[0].asked


def test_a_part_is_spread_over_the_whole_set(folder: Path) -> None:
    assert [task.right for task in load(folder, 2).choices["G4"]] == [1, 1]
    assert len(load(folder, 3).choices["G4"]) == 3


def test_a_folder_without_sets_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(JglueError, match="holds none of JGLUE's sets"):
        load(tmp_path)
    with pytest.raises(JglueError, match="is no folder"):
        load(tmp_path / "absent")


def test_a_row_that_lacks_something_is_named(tmp_path: Path) -> None:
    (tmp_path / "jnli_valid.jsonl").write_text('{"premise": "猫", "hypothesis": "犬"}', encoding="utf-8")
    with pytest.raises(JglueError, match="a row lacks 'label'"):
        load(tmp_path)


@pytest.mark.parametrize("shape", ["llama", "gpt2"])
def test_options_are_as_likely_as_the_replies_they_are(shape: Any) -> None:
    subject = Subject(tiny_model(shape), tiny_tokenizer(), "cpu")
    asked = [
        (Conversation((Turn(Role.USER, text),)), ("あ", "いうえ", "かきくけこ")) for text in ("短い", "もっと長い問い")
    ]
    together = subject.nats_of_options(asked)
    for (conversation, options), nats in zip(asked, together, strict=True):
        alone = subject.nats([encode(subject.tokenizer, conversation.then(Role.ASSISTANT, one)) for one in options])
        assert nats == pytest.approx(alone, rel=1e-4)


class _Knowing(Subject):
    """A subject that finds 青 and 含意 likeliest and reads well."""

    def nats_of_options(self, asked: Any) -> list[list[float]]:
        return [[0.0 if option in {"青", "含意"} else 1.0 for option in options] for _, options in asked]

    def replies(self, conversations: Any, asking: Any) -> list[Reply]:
        return [Reply("「１９００年」。", True) for _ in conversations]


def test_the_likeliest_option_and_the_exact_words_count(folder: Path) -> None:
    knowing = _Knowing(tiny_model(), tiny_tokenizer(), "cpu")
    assert load(folder).hits(knowing) == {"G4": [True] * 6 + [False], "JNLI": [True, False], "JSQuAD": [True]}


def test_published_figures_stand_for_each_set() -> None:
    assert all(set(values) == {"G4", "JNLI", "JSQuAD"} for values in jglue.PUBLISHED.values())


@needs_shared
def test_the_real_sets_are_whole() -> None:
    sets = load(SHARED / "jglue", 10_000)
    assert len(sets.choices["G4"]) == 1119
    assert len(sets.choices["JNLI"]) == 2434
    assert len(sets.readings) > 4000
