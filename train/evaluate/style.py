"""How a reply is worded: plain or polite sentences, which sign it ends with, how long it is.

Knows sentences and their last signs. Does not know who wrote the text.
"""

import re
from collections import Counter
from collections.abc import Sequence

from model.register import is_polite

_SENTENCE_END = re.compile(r"[。！？!?\n]+")
_TRAILING = re.compile(r"[\s。．.!！?？〜～~ー…wｗ笑草()（）]+$")
_SIGNS = frozenset("〜！？ーwｗ笑草…。!?♪")
NUM_OWN_SIGNS = 5


def sentences(text: str) -> list[str]:
    """Return the sentences of ``text`` without what trails behind their last word."""
    cut = (_TRAILING.sub("", part).strip() for part in _SENTENCE_END.split(text))
    return [sentence for sentence in cut if sentence]


def count_plain(texts: Sequence[str]) -> tuple[int, int]:
    """Return (plain sentences, sentences)."""
    found = [sentence for text in texts for sentence in sentences(text)]
    return sum(not is_polite(sentence) for sentence in found), len(found)


def own_signs(texts: Sequence[str]) -> frozenset[str]:
    """Return the signs, at most five and 。 never among them, that a persona's lines end with most often."""
    last = Counter(text[-1] for text in texts if text and text[-1] in _SIGNS - {"。"})
    return frozenset(sign for sign, _ in last.most_common(NUM_OWN_SIGNS))


def count_ending_in(texts: Sequence[str], signs: frozenset[str]) -> int:
    """Return how many texts end with one of ``signs``."""
    return sum(text[-1:] in signs for text in texts if text)
