"""A persona that speaks plainly does not drift into です・ます; one quoted です is no drift."""

import pytest

from bot.guards.register import is_polite, speaks_plainly


def test_the_prompt_says_how_the_persona_speaks() -> None:
    assert speaks_plainly("あなたは常体で応答します。")
    assert not speaks_plainly("あなたは敬体で応答します。")


@pytest.mark.parametrize(
    "text",
    [
        "東京です！",
        "星を見るのが好きですよ〜",
        "分かりません。すみません。",
        "行きましょうか？",
        "寝ます。おやすみ。",
        "教えてくださいw",
    ],
)
def test_an_answer_of_which_half_is_polite_has_drifted(text: str) -> None:
    assert is_polite(text)


@pytest.mark.parametrize(
    "text",
    [
        "東京だよ〜",
        "星が好き！「綺麗です」って言われた。",
        "まずい",
        "ますます好きだ",
        "行こうぜ！お願いします。じゃあな！",
        "うん",
    ],
)
def test_plain_answers_pass(text: str) -> None:
    assert not is_polite(text)
