"""The console's words exist in both languages, and say the same values in both."""

import string

from bot.guards import Fault
from bot.platforms.console.words import WORDS
from model.private import PLACEHOLDERS
from train.report_page import METRICS


def test_every_word_exists_in_both_languages_with_the_same_values() -> None:
    assert not [key for key, (japanese, english) in WORDS.items() if not japanese or not english]
    assert not [key for key, (japanese, english) in WORDS.items() if _names(japanese) != _names(english)]


def test_every_metric_of_a_report_card_has_a_name_on_the_console() -> None:
    assert not [metric for metric in METRICS if f"metric_{metric}" not in WORDS]


def test_every_fault_and_every_kind_of_private_data_has_a_name_on_the_console() -> None:
    assert not [fault for fault in Fault if f"fault_{fault}" not in WORDS]
    assert not [kind for kind in ("name", *PLACEHOLDERS) if f"kind_{kind}" not in WORDS]


def _names(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}
