"""Whether an answer gives away what is nobody's business: private data, or the words the model was instructed with.

Knows forms (`model.private`, the scrubber of training) and the persona's prompt. Does not know names of people.
"""

import re
import unicodedata
from collections.abc import Iterable

from model import private

MAX_QUOTED_CHARS = 11
"""So much of the prompt may stand in an answer by chance."""

NOBODY = frozenset({"@everyone", "@here"})
"""Handles of no person; the doors take their power away."""

_PLACEHOLDER = re.compile("|".join(map(re.escape, private.PLACEHOLDERS.values())))
_NO_WORD = re.compile(r"[\W_]+")


def is_private(text: str, told: Iterable[str] = ()) -> bool:
    """Return whether something private stands in ``text`` and on none of the cards in ``told``.

    The marks training puts in the place of private data count as well: nobody says them.
    """
    cards = "\n".join(told)
    found = (text[each.start : each.end] for each in private.find(text))
    return _PLACEHOLDER.search(text) is not None or any(words not in cards for words in found if words not in NOBODY)


def is_leak(text: str, prompt: str) -> bool:
    """Return whether ``text`` quotes the prompt: twelve of its characters in a row, or all of a shorter one."""
    own, secret = _words(text), _words(prompt)
    size = min(MAX_QUOTED_CHARS + 1, len(secret))
    return size > 0 and any(secret[start : start + size] in own for start in range(len(secret) - size + 1))


def _words(text: str) -> str:
    return _NO_WORD.sub("", unicodedata.normalize("NFKC", text))
