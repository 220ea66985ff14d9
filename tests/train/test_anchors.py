"""The base's own answers, as they are and in the persona's words."""

from typing import Any

import pytest

from model.persona import Fact, Persona
from tests.model.tiny import tiny_tokenizer
from train.anchors import ASKED_FOR_FACT, Anchors, encode_facts, encode_lanes, ending, restyle
from train.evaluate.material import Material, Questions
from train.samples import Sample

ROWS = [Sample((index,) * (index + 1), (index,)) for index in range(20)]
CARDS = tuple(Fact(topic=f"話題{index}", text=f"答え{index}。") for index in range(6))

AOI = Persona(name="蒼井", system_prompt="あなたは常体で応答します。", facts=CARDS)


def anchors(**fields: Any) -> Anchors:
    own = {"neutral_rows": ROWS, "persona_rows": ROWS, "num_neutral": 4, "num_persona": 3, "seed": 1}
    return Anchors(**(own | fields))


def test_the_rows_of_a_step_depend_on_seed_and_step_alone() -> None:
    assert anchors().neutral(5) == anchors().neutral(5)
    assert anchors().neutral(5) != anchors().neutral(6)
    assert anchors().persona(5, 4) == anchors().persona(5, 4)
    assert (len(anchors().neutral(1)), len(anchors().persona(0, 4))) == (4, 12)


def test_the_neutral_rows_of_a_step_are_neighbours_in_length() -> None:
    lengths = [len(row) for row in anchors().neutral(5)]
    assert max(lengths) - min(lengths) == 3


def test_fewer_answers_than_rows_are_shown_again() -> None:
    few = anchors(neutral_rows=ROWS[:2], persona_rows=ROWS[:2])
    assert len(few.neutral(1)) == 2
    assert sorted(map(len, few.persona(0, 2))) == [2, 2, 2, 3, 3, 3]


def test_some_rows_of_the_persona_lane_ask_for_facts() -> None:
    facts = [Sample((99,), (99,))]
    mixed = anchors(fact_rows=facts, num_facts=1).persona(0, 4)
    assert (len(mixed), mixed.count(facts[0])) == (12, 4)
    assert len(anchors(num_facts=1).persona(0, 4)) == 12


def test_a_question_about_a_fact_always_has_the_card_in_its_prompt() -> None:
    tokenizer = tiny_tokenizer()
    rows = encode_facts(tokenizer, AOI, ["行くわ〜！"], seed=1)
    said = [(tokenizer.decode(row.prompt), tokenizer.decode(row.reply[:-1])) for row in rows]
    for card in CARDS:
        own = [prompt for prompt, answer in said if answer == card.text.rstrip("。") + "〜！"]
        assert len(own) == 2 * len(ASKED_FOR_FACT)
        assert sum(prompt.count("<|user|>") > 1 for prompt in own) == len(ASKED_FOR_FACT), "the other half later"
        assert all(f"\n{card.topic}：{card.text}" in prompt.split("<|user|>")[0] for prompt in own)


def test_every_question_of_the_persona_lane_alone_is_asked_first_and_asked_later() -> None:
    tokenizer = tiny_tokenizer()
    said = {f"{number}番目の県は？": "青森です。" for number in range(9)}
    material = Material(system=AOI.system_prompt, questions=Questions((), ()), training=["行くわ〜！", "眠いw"])
    neutral, persona = encode_lanes(tokenizer, said, material, seed=1)
    assert [tokenizer.decode(row.prompt).count("<|user|>") for row in neutral] == [1] * len(said)
    prompts = [tokenizer.decode(row.prompt) for row in persona]
    later = [prompt for prompt in prompts if prompt.count("<|user|>") > 1]
    assert (len(prompts), len(later)) == (2 * len(said), len(said))
    for prompts_of in (later, set(prompts) - set(later)):
        assert {prompt.split("<|user|>")[-1].split("</s>")[0] for prompt in prompts_of} == set(said)
    assert {prompt.count("<|user|>") for prompt in later} <= {2, 3, 4}


def test_what_no_card_tells_is_answered_with_what_the_persona_says_then() -> None:
    tokenizer = tiny_tokenizer()
    rows = encode_facts(tokenizer, AOI, ["行くわ〜！"], seed=1)
    said = [(tokenizer.decode(row.prompt), tokenizer.decode(row.reply[:-1])) for row in rows]
    unknown = [prompt for prompt, answer in said if answer == "知らない〜！"]
    assert unknown
    assert all("：知らない" in prompt for prompt in unknown)


@pytest.mark.parametrize(
    ("text", "sign", "expected"),
    [
        ("日本の首都は東京です。大きい街です。", "〜", "日本の首都は東京だ〜"),
        ("青いです。", "！", "青い！"),
        ("本屋にあります。", "", "本屋にある"),
        ("東京ですよ！", "w", "東京だw"),
        ("ラーメンが好きでした。", "…", "ラーメンが好きだった…"),
        ("ワンワン", "〜", "ワンワン〜"),
    ],
)
def test_an_anchor_is_said_in_the_personas_register(text: str, sign: str, expected: str) -> None:
    assert restyle(text, sign) == expected


def test_an_anchor_of_a_polite_persona_stays_polite() -> None:
    assert restyle("東京です。", "！", is_plain=False) == "東京です！"


def test_the_ending_of_a_line_is_its_signs() -> None:
    assert (ending("行くわ〜！"), ending("眠い")) == ("〜！", "")
