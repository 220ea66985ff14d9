"""What a persona can say to a question: cards, its own utterances about the same thing, or that it is unknown."""

from pathlib import Path

import pytest

from model.facts import Facts, write
from model.persona import Fact, Persona
from model.recall import asked_cards, recall

CLIMBING = Fact(topic="趣味", text="ボルダリング", aliases=("Hobby", "休日"))
WORK = Fact(topic="仕事", text="図書館")
PERSONA = Persona(name="花子", facts=(CLIMBING, WORK), aliases={"雀荘": "麻雀"}, unknown="知らん")
NOTHING = Facts()


@pytest.fixture
def facts(tmp_path: Path) -> Facts:
    """Things somebody said."""
    said = (
        "麻雀また最下位だった〜",
        "徹夜の麻雀明けに牛丼食べた",
        "冬の星が一番きれいだと思う",
        "月曜はいつも眠いし何もできない",
        "連絡は〔電話番号〕まで、麻雀しよう",
        "好きな色は空の色に決まってる",
        "おつかれ",
    )
    write(tmp_path / "facts.db", said)
    return Facts(tmp_path / "facts.db")


def test_a_card_is_found_by_its_topic_or_an_alias_in_any_width_or_case() -> None:
    assert recall(PERSONA, NOTHING, "趣味は？") == (CLIMBING,)
    assert recall(PERSONA, NOTHING, "ＨＯＢＢＹ ある？") == (CLIMBING,)


def test_an_unrelated_question_finds_nothing(facts: Facts) -> None:
    assert recall(PERSONA, facts, "元気？") == ()
    assert recall(PERSONA, facts, "何か食べた？") == ()


def test_the_longest_match_comes_first_and_three_cards_are_enough() -> None:
    cards = tuple(Fact(topic="山" * length, text=str(length)) for length in range(1, 6))
    found = recall(Persona(name="花子", facts=cards), NOTHING, "山山山山山に登る？")
    assert [fact.text for fact in found] == ["5", "4", "3"]


def test_utterances_about_the_word_of_a_question_become_cards_of_that_word(facts: Facts) -> None:
    found = recall(PERSONA, facts, "麻雀好き？")
    assert {fact.topic for fact in found} == {"麻雀"}
    assert {fact.text for fact in found} == {"麻雀また最下位だった〜", "徹夜の麻雀明けに牛丼食べた"}


def test_another_word_for_the_same_thing_finds_it_too(facts: Facts) -> None:
    assert {fact.topic for fact in recall(PERSONA, facts, "雀荘いかない？")} == {"麻雀"}


def test_one_kanji_is_a_word_only_where_it_stands_alone(facts: Facts) -> None:
    assert [fact.text for fact in recall(PERSONA, facts, "冬はどう？")] == ["冬の星が一番きれいだと思う"]
    assert recall(PERSONA, facts, "月は見た？") == ()


def test_what_the_bot_has_just_repeated_is_not_shown_again(facts: Facts) -> None:
    found = recall(PERSONA, facts, "麻雀好き？", ["麻雀また最下位だった〜"])
    assert [fact.text for fact in found] == ["徹夜の麻雀明けに牛丼食べた"]


def test_what_was_told_lately_is_not_called_unknown(facts: Facts) -> None:
    assert recall(PERSONA, facts, "好きな色は？", ["好きな色は空の色に決まってる"]) == ()


def test_cards_are_asked_for_by_questions_about_the_persona_alone(facts: Facts) -> None:
    assert asked_cards(PERSONA, "趣味は？", recall(PERSONA, facts, "趣味は？")) == (CLIMBING,)
    assert asked_cards(PERSONA, "趣味を見つけたい", recall(PERSONA, facts, "趣味を見つけたい")) == ()
    assert asked_cards(PERSONA, "好きな色は？", recall(PERSONA, facts, "好きな色は？")) == ()
    assert asked_cards(PERSONA, "血液型は？", recall(PERSONA, facts, "血液型は？"))[0].text == "知らん"


def test_a_persona_may_do_without_utterances(facts: Facts) -> None:
    assert recall(PERSONA.model_copy(update={"max_examples": 0}), facts, "麻雀好き？") == ()


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("血液型は？", "血液型"),
        ("好きな映画は？", "好きな映画"),
        ("あなたの車って何？", "車"),
        ("苦手な科目ある？", "苦手な科目"),
    ],
)
def test_a_personal_fact_nobody_told_is_said_to_be_unknown(question: str, topic: str, facts: Facts) -> None:
    assert recall(PERSONA, facts, question) == (Fact(topic=topic, text="知らん"),)


def test_a_liking_is_told_by_an_utterance_only_if_that_speaks_of_liking(facts: Facts) -> None:
    assert [fact.text for fact in recall(PERSONA, facts, "好きな色は？")] == ["好きな色は空の色に決まってる"]
    assert recall(PERSONA, facts, "苦手な色は？") == (Fact(topic="苦手な色", text="知らん"),)


@pytest.mark.parametrize("question", ["日本の首都は？", "明日の天気は？", "空はなぜ青い？"])
def test_a_question_about_the_world_is_not_called_unknown(question: str, facts: Facts) -> None:
    assert "知らん" not in [fact.text for fact in recall(PERSONA, facts, question)]
