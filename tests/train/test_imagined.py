"""What an instructed base imagines: kept by likelihood, never giving the answer away, asked for once."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.model.tiny import tiny_model, tiny_tokenizer
from train.conversations import MONOLOGUE, gives_away, monologue
from train.evaluate.subject import Asking, Reply, Subject
from train.imagined import IMAGINED, NOTHING, SAY_AS_PERSONA, Imagined, curate, imagine
from train.samples import Sample


@dataclass(frozen=True)
class Line:
    text: str
    parent: str | None = None


CURRY, RAIN = Line("カレー食べたいな〜"), Line("明日の合宿は雨だな")


class Instructed(Subject):
    """A base that answers instructions from a list, and finds an answer likely after a remark on its topic."""

    def __init__(self) -> None:
        super().__init__(tiny_model(), tiny_tokenizer(), "cpu")

    def replies(self, conversations: Any, asking: Asking) -> list[Reply]:
        return [self._reply(conversation.turns[-1].text, asking) for conversation in conversations]

    def _reply(self, asked: str, asking: Asking) -> Reply:
        is_curry = CURRY.text in asked
        if "書き直し" in asked:
            return Reply("「カレーを食べたいです。」" if is_curry else "", True)
        curry = ("昼ごはん何にする？", "カレー食べたいなって言ってた？", "昨日の試合見た？", "何食べたい？\n以上です。")
        return Reply(curry[asking.seed % 4] if is_curry else "明日の合宿は雨？", True)

    def nats(self, samples: Any) -> list[float]:
        return [self._nats(sample) for sample in samples]

    def _nats(self, sample: Sample) -> float:
        remark = self.tokenizer.decode(sample.prompt)
        return 10.0 if "何食べたい" in remark else 12.0 if "昼ごはん" in remark else 20.0


@pytest.fixture
def imagined(tmp_path: Path) -> Imagined:
    return imagine(Instructed(), [CURRY, RAIN], tmp_path, seed=0)


def test_remarks_that_make_the_utterance_likelier_are_kept_the_best_first(imagined: Imagined) -> None:
    assert imagined.remarks == {CURRY.text: ["何食べたい？", "昼ごはん何にする？"]}


def test_no_kept_remark_shares_six_characters_with_its_answer(imagined: Imagined) -> None:
    assert gives_away("カレー食べたいなって言ってた？", CURRY.text)
    assert not any(gives_away(remark, text) for text, kept in imagined.remarks.items() for remark in kept)


def test_an_utterance_without_a_kept_remark_is_asked_for_in_the_other_way(imagined: Imagined) -> None:
    view = imagined.asked(monologue)
    assert view(CURRY) == ["何食べたい？", "昼ごはん何にする？"]
    assert view(RAIN) == MONOLOGUE


def test_a_neutral_rewrite_is_to_be_said_as_the_persona_says_it(imagined: Imagined) -> None:
    assert imagined.rewritten(CURRY) == (SAY_AS_PERSONA.format("カレーを食べたいです。"),)
    assert imagined.rewritten(RAIN) == ()


def test_the_base_is_asked_once(imagined: Imagined, tmp_path: Path) -> None:
    before = (tmp_path / IMAGINED).read_bytes()
    again = imagine(Subject(None, None, "cpu"), [CURRY, RAIN], tmp_path, seed=0)
    assert again == imagined
    assert (tmp_path / IMAGINED).read_bytes() == before


def test_a_base_that_follows_no_instructions_imagines_nothing() -> None:
    assert NOTHING.asked(monologue)(CURRY) == MONOLOGUE
    assert NOTHING.rewritten(CURRY) == ()


def test_a_remark_is_weighed_by_a_real_models_likelihoods() -> None:
    subject = Subject(tiny_model(), tiny_tokenizer(), "cpu")
    kept = curate(subject, {CURRY.text: ["昼どうする？", "眠い", "雨だね", "カレー", "元気？"]})
    assert len(kept[CURRY.text]) <= 3
    assert kept == curate(subject, {CURRY.text: ["昼どうする？", "眠い", "雨だね", "カレー", "元気？"]})
