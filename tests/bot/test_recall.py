"""Facts are found by what the question says."""

from bot.recall import recall
from model.persona import Fact, Persona

CLIMBING = Fact(topic="趣味", text="ボルダリング", aliases=("Hobby", "休日"))
WORK = Fact(topic="仕事", text="図書館")
PERSONA = Persona(name="花子", facts=(CLIMBING, WORK))


def test_a_card_is_found_by_its_topic_or_an_alias_in_any_width_or_case() -> None:
    assert recall(PERSONA, "趣味は？") == (CLIMBING,)
    assert recall(PERSONA, "ＨＯＢＢＹ ある？") == (CLIMBING,)


def test_an_unrelated_question_finds_nothing() -> None:
    assert recall(PERSONA, "元気？") == ()


def test_the_longest_match_comes_first_and_three_cards_are_enough() -> None:
    facts = tuple(Fact(topic="山" * length, text=str(length)) for length in range(1, 6))
    found = recall(Persona(name="花子", facts=facts), "山山山山山に登る？")
    assert [fact.text for fact in found] == ["5", "4", "3"]
