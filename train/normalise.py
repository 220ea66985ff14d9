"""Normalises the writing of a persona's text: one character for one meaning, nothing else touched.

Knows symbols and widths. Does not know where a text came from, nor what is private in it.

Libraries that normalise Japanese (neologdn, jaconv.normalize, NFKC) delete 〜 or narrow ！？, which is exactly
what a persona lives on; so the map is our own. It is the map of the original experiment: ``!?~～`` become
``！？〜``, full-width digits become half-width, half-width kana become full-width.
"""

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

import jaconv

SYMBOLS = str.maketrans({"!": "！", "?": "？", "～": "〜"})
DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")
MAX_RUNS: Mapping[str, int] = MappingProxyType(dict.fromkeys("〜ー！？wｗ。、…", 2))
"""How many equal symbols may stand in a row (the original experiment's model wrote 〜 for ever without this)."""

_JAPANESE = r"\u3041-\u309f\u30a0-\u30ff\u3400-\u4dbf\u4e00-\u9fff々"
_TILDE = re.compile(rf"(?<=[{_JAPANESE}ー〜！？!?wｗ])~+")
_INVISIBLE = re.compile(r"[\u200b-\u200d\u2060\ufeff\u00ad\u202a-\u202e\u2066-\u2069]")
_ZWJ_EMOJI = re.compile(r"(?<=[\ufe0f\U0001f000-\U0001faff])\u200d(?=[\u2600-\u27bf\U0001f000-\U0001faff])")


def normalise(text: str, max_runs: Mapping[str, int] = MAX_RUNS) -> str:
    """Return ``text`` with one spelling for each symbol and with runs of symbols capped.

    ``~`` becomes 〜 only after Japanese writing or another symbol, so that ``~/notes`` stays a path. A run is capped
    at ``max_runs[symbol]``; symbols not named there keep their length.
    """
    text = unicodedata.normalize("NFC", text)
    text = _TILDE.sub(lambda match: "〜" * len(match[0]), text)
    text = jaconv.h2z(text.translate(SYMBOLS).translate(DIGITS), kana=True, ascii=False, digit=False)
    text = _drop_invisible(text)
    for symbol, most in max_runs.items():
        text = re.sub(re.escape(symbol) + f"{{{most + 1},}}", symbol * most, text)
    return text


def _drop_invisible(text: str) -> str:
    """Drop zero-width and direction marks, except the joiner inside an emoji such as 👨‍👩‍👧."""
    kept = _ZWJ_EMOJI.sub("\0", text)
    return _INVISIBLE.sub("", kept).replace("\0", "\u200d")
