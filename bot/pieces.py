"""Cuts an answer into pieces a platform takes. Knows lengths and where Japanese text may be cut; knows no platform.

Lengths are UTF-16 units: what LINE counts, and a safe upper bound for what Discord counts.

Invariants:
- without ``max_pieces`` the pieces joined are the text, but for fences of code that a cut has closed and opened again
- no piece is longer than ``max_units``
"""

import re
import unicodedata
from collections.abc import Iterator

from bot.platforms.base import PieceLimits

SENTENCE_ENDS = frozenset("。．！？!?…")
CLOSING = frozenset("」』）)】〉》”’\"'〜～ｗw")
SMALL = frozenset("、，ーっゃゅょぁぃぅぇぉッャュョァィゥェォ々")
ZERO_WIDTH_JOINER = "\u200d"
FENCE = re.compile(r"^```(\w{0,20})", re.MULTILINE)
FENCE_UNITS = 32
"""Room for closing a fence, and for opening it again with its language."""


def cut(text: str, limits: PieceLimits, note: str) -> tuple[str, ...]:
    """Return the text in pieces, cut where a reader would pause, none of them empty.

    When there are more than ``max_pieces``, the last one allowed ends with ``note``, which says that there was more.
    """
    pieces = _cut_around_fences(text, limits.max_units)
    if limits.max_pieces is None or len(pieces) <= limits.max_pieces:
        return pieces
    kept = pieces[: limits.max_pieces]
    end = next(_cut_all(kept[-1], limits.max_units - num_units(note)))
    return (*kept[:-1], end.rstrip() + note)


def num_units(text: str) -> int:
    """Return how many UTF-16 units a text has."""
    return len(text) + sum(character > "\uffff" for character in text)


def _cut_around_fences(text: str, max_units: int) -> tuple[str, ...]:
    """Cut so that every piece shows its code as code: a fence that is open at the end of one is opened in the next."""
    if num_units(text) <= max_units or max_units < 2 * FENCE_UNITS or not FENCE.search(text):
        return tuple(_cut_all(text, max_units))
    pieces, opening = [], ""
    for piece in _cut_all(text, max_units - FENCE_UNITS):
        before = opening
        for fence in FENCE.finditer(piece):
            opening = "" if opening else f"{fence[0]}\n"
        pieces.append(before + (piece.rstrip("\n") + "\n```" if opening else piece))
    return tuple(pieces)


def _cut_all(text: str, max_units: int) -> Iterator[str]:
    while num_units(text) > max_units:
        end = _best_end(text[: _longest(text, max_units)], text)
        yield text[:end]
        text = text[end:]
    if text:
        yield text


def _longest(text: str, max_units: int) -> int:
    """Return how many characters from the beginning have at most ``max_units`` units together, at least one."""
    units = 0
    for index, character in enumerate(text):
        units += 2 if character > "\uffff" else 1
        if units > max_units:
            return max(index, 1)
    return len(text)


def _best_end(window: str, text: str) -> int:
    """Return where to cut: the last pause in the window's second half, of the best kind there is."""
    half = len(window) // 2
    for is_pause in (
        _precedes_fence,
        _ends_paragraph,
        _ends_line,
        _ends_sentence,
        _ends_phrase,
        _may_end_line,
        _ends_grapheme,
    ):
        for end in range(len(window), half, -1):
            if is_pause(text, end):
                return end
    return len(window)


def _precedes_fence(text: str, end: int) -> bool:
    """Tell whether a block of code begins here: rather than cut it, leave it whole to the next piece."""
    is_fence = text[end - 1] == "\n" and text.startswith("```", end)
    return is_fence and len(FENCE.findall(text[:end])) % 2 == 0


def _ends_paragraph(text: str, end: int) -> bool:
    return text[end - 2 : end] == "\n\n" and text[end : end + 1] != "\n"


def _ends_line(text: str, end: int) -> bool:
    return text[end - 1] == "\n" and text[end : end + 1] != "\n"


def _ends_sentence(text: str, end: int) -> bool:
    following = text[end : end + 1]
    if following in SENTENCE_ENDS or following in CLOSING:
        return False
    last = end - 1
    while last > 0 and text[last] in CLOSING:
        last -= 1
    return text[last] in SENTENCE_ENDS


def _ends_phrase(text: str, end: int) -> bool:
    return text[end - 1] in "、，, \u3000" and _ends_grapheme(text, end)


def _may_end_line(text: str, end: int) -> bool:
    """Tell whether the next piece would begin with something that may begin a line of Japanese text."""
    following = text[end : end + 1]
    return following not in SENTENCE_ENDS | CLOSING | SMALL and _ends_grapheme(text, end)


def _ends_grapheme(text: str, end: int) -> bool:
    """Tell whether a cut at ``end`` leaves combined characters whole: marks, joined emoji, flags."""
    before, after = text[end - 1], text[end : end + 1]
    if not after:
        return True
    if ZERO_WIDTH_JOINER in (before, after) or _extends(after):
        return False
    return not (_is_flag_half(before) and _is_flag_half(after) and _num_flag_halves(text, end) % 2 == 1)


def _extends(character: str) -> bool:
    is_skin_tone = "\U0001f3fb" <= character <= "\U0001f3ff"
    is_tag = "\U000e0020" <= character <= "\U000e007f"
    return is_skin_tone or is_tag or character in "ﾞﾟ" or unicodedata.category(character) in {"Mn", "Me", "Mc"}


def _is_flag_half(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _num_flag_halves(text: str, end: int) -> int:
    start = end
    while start > 0 and _is_flag_half(text[start - 1]):
        start -= 1
    return end - start
