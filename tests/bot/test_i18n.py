"""Both languages say the same things."""

import string

from bot.i18n import SENTENCES


def _values(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_every_sentence_exists_in_both_languages_with_the_same_values() -> None:
    for key, sentence in SENTENCES.items():
        assert set(sentence) == {"ja", "en"}, key
        assert _values(sentence["ja"]) == _values(sentence["en"]), key
