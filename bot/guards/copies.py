"""Whether an answer says again what the persona once said, word for word. Knows utterances and the cards that may be
told; does not know what recalled them.

The measure is the report's (M2 in docs/training.md): ten characters or more, and 80 % of the shorter of the two, in a
row of equal order. Shorter ones are stock phrases that anybody may say.
"""

import re
import unicodedata
from collections.abc import Iterable

from rapidfuzz.distance import LCSseq

from model.facts import Facts

MIN_CHARS = 10
SHARE = 0.8
NUM_LOOKED_AT = 8
_NO_WORD = re.compile(r"[\W_ー〜～wｗ笑草]+")


def is_copy(text: str, facts: Facts, told: Iterable[str] = ()) -> bool:
    """Return whether ``text`` copies an utterance that stands on none of the cards in ``told``. Raises FactsError."""
    own = core(text)
    if len(own) < MIN_CHARS:
        return False
    cards = [core(card) for card in told]
    likest = (core(utterance) for utterance in facts.search(text, NUM_LOOKED_AT))
    return any(_overlaps(own, line) and not any(_overlaps(line, card) for card in cards) for line in likest)


def core(text: str) -> str:
    """Return the words of a text alone: no symbols, no laughter."""
    return _NO_WORD.sub("", unicodedata.normalize("NFKC", text))


def _overlaps(left: str, right: str) -> bool:
    shorter = min(len(left), len(right))
    return shorter >= MIN_CHARS and LCSseq.similarity(left, right) >= SHARE * shorter
