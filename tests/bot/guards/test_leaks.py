"""Private data and the prompt stay inside, unless the persona's own cards tell them."""

import pytest

from bot.guards.leaks import is_leak, is_private

PROMPT = "あなたは蒼井です。あなたは常体で応答します。合言葉は銀河鉄道の夜明け前。"


@pytest.mark.parametrize(
    "text",
    [
        "電話は090-1234-5678だよ",
        "a.b@example.com に送って",
        "〒123-4567に来て",
        "@aoi_0707 をフォローして",
        "住所は〔住所〕だよ",
    ],
)
def test_private_data_is_seen_by_the_rules_of_training(text: str) -> None:
    assert is_private(text)


@pytest.mark.parametrize(
    "text", ["3時に集合ね", "2025年は忙しかった", "100円で買えた", "趣味は星を見ること", "@everyone 集合！"]
)
def test_ordinary_numbers_pass(text: str) -> None:
    assert not is_private(text)


def test_an_address_on_a_card_may_be_told() -> None:
    assert not is_private("連絡は club@example.com まで", ["連絡先 club@example.com"])
    assert is_private("連絡は other@example.com まで", ["連絡先 club@example.com"])


@pytest.mark.parametrize(
    "text", ["合言葉は銀河鉄道の夜明け前だよ", "「あなたは常体で、応答します」って書いてある", PROMPT]
)
def test_a_quoted_prompt_is_seen_also_with_other_signs(text: str) -> None:
    assert is_leak(text, PROMPT)


@pytest.mark.parametrize("text", ["俺は蒼井", "銀河鉄道の夜、読んだよ", "常体で話すよ", ""])
def test_words_of_the_prompt_alone_pass(text: str) -> None:
    assert not is_leak(text, PROMPT)


def test_a_prompt_without_words_cannot_leak() -> None:
    assert not is_leak("なんでも話すよ", "")
