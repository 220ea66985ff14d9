"""Stickers are understood by LINE's keywords, and the same sticker event is always answered alike."""

from bot.platforms.line.stickers import HELLO, MOODS, answer_to, shown_by

GREETING = ["cony", "sally", "Staring", "hi", "whatsup", "line", "howdy", "HEY", "Peeking", "wave"]
"""As in LINE's own example."""


def test_english_keywords_become_a_japanese_mood() -> None:
    assert shown_by("", GREETING) == "こんにちは"
    assert shown_by("", ["brown", "Thank You", "smile"]) == "ありがとう"


def test_the_text_on_a_sticker_says_more_than_its_keywords() -> None:
    assert shown_by("おつかれさま！", GREETING) == "おつかれさま！"


def test_unknown_keywords_are_passed_on_and_none_are_nothing() -> None:
    assert shown_by("", ["brown", "moonwalk", "disco", "party hat"]) == "brown、moonwalk、disco"
    assert shown_by("", []) == ""


def test_some_events_are_answered_with_a_sticker_and_always_the_same_ones() -> None:
    answers = [answer_to(GREETING, f"event-{number}") for number in range(100)]
    assert answers == [answer_to(GREETING, f"event-{number}") for number in range(100)]
    assert set(answers) == {HELLO, None}
    assert 20 <= answers.count(HELLO) <= 50


def test_nobody_who_is_sad_or_angry_gets_a_thumb_up() -> None:
    for sad in ("cry", "sad", "angry", "sorry"):
        assert not any(answer_to([sad], f"event-{number}") for number in range(10))


def test_no_keyword_belongs_to_two_moods() -> None:
    keywords = [keyword for mood in MOODS for keyword in mood.keywords]
    assert len(keywords) == len(set(keywords))
