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
_TILDE = re.compile(rf"(?<=[{_JAPANESE}ー〜！？wｗ])~+")
_EMOJI = r"\U0001f000-\U0001faff"
_INVISIBLE = re.compile(
    r"[\u200b\u200c\u2060\ufeff\u00ad\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
    rf"|(?<![\ufe0f{_EMOJI}])\u200d|\u200d(?![\u2600-\u27bf{_EMOJI}])"
)
"""Zero-width and direction marks, and the halves of an emoji that an export cut in two. The joiner inside an emoji such
as 👨‍👩‍👧 is none of them."""
_HALF_KANA = re.compile(r"[\uff61-\uff9f]+")


def normalise(text: str, max_runs: Mapping[str, int] = MAX_RUNS) -> str:
    """Return ``text`` with one spelling for each symbol and with runs of symbols capped.

    ``~`` becomes 〜 only after Japanese writing or another symbol, so that ``~/notes`` stays a path. A run is capped
    at ``max_runs[symbol]``; symbols not named there keep their length. Doing it twice changes nothing more.
    """
    text = _INVISIBLE.sub("", text.replace("\r\n", "\n"))
    text = _HALF_KANA.sub(lambda match: jaconv.h2z(match[0], kana=True, ascii=False, digit=False), text)
    text = unicodedata.normalize("NFC", text)
    text = text.translate(SYMBOLS).translate(DIGITS)
    text = _TILDE.sub(lambda match: "〜" * len(match[0]), text)
    return _long_runs(max_runs).sub(lambda match: match[0][0] * max_runs[match[0][0]], text)


def _long_runs(max_runs: Mapping[str, int]) -> re.Pattern[str]:
    """Match what is too long; `re` remembers the compiled pattern."""
    runs = (f"{re.escape(symbol)}{{{most + 1},}}" for symbol, most in max_runs.items())
    return re.compile("|".join(runs) or "(?!)")
