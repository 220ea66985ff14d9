"""What is broken or copied in a reply. Knows characters, not styles or facts."""

import re
import unicodedata
from collections.abc import Sequence

from rapidfuzz.distance import LCSseq

_RUN = re.compile(r"(.)\1{4,}", re.DOTALL)
_NO_WORD = re.compile(r"[\W_ー〜～wｗ笑草]+")
MIN_COPY_CHARS = 10
COPY_SHARE = 0.8


def has_run(text: str) -> bool:
    """Return whether one character stands five times in a row (D1)."""
    return _RUN.search(text) is not None


def repeats_itself(text: str) -> bool:
    """Return whether more than half of the character trigrams occur again (D2)."""
    grams = [text[start : start + 3] for start in range(len(text) - 2)]
    return bool(grams) and 1 - len(set(grams)) / len(grams) > 0.5


def core(text: str) -> str:
    """Return the words of a text alone: no symbols, no laughter."""
    return _NO_WORD.sub("", unicodedata.normalize("NFKC", text))


def is_copy(reply: str, cores: Sequence[str]) -> bool:
    """Return whether ``reply`` says again what one of the lines says, whose `core` is given (M2).

    A copy shares at least ten characters in order, and 80 % of the shorter of the two. Shorter lines are stock
    phrases that anybody may say.
    """
    own = core(reply)
    return any(_overlaps(own, line) for line in cores) if len(own) >= MIN_COPY_CHARS else False


def _overlaps(own: str, line: str) -> bool:
    shorter = min(len(own), len(line))
    if shorter < MIN_COPY_CHARS:
        return False
    return LCSseq.similarity(own, line, score_cutoff=MIN_COPY_CHARS) >= COPY_SHARE * shorter
