"""Finds what is private by its form alone: addresses on the web, numbers, handles.

Standard library only, so that the chat side can hand its replies through the very same rules. Does not know names
(`train.names` does) nor what stands in the place of what is found (`train.scrub` does).
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Found:
    """``text[start:end]`` of the searched text is private, and of this kind."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class Rule:
    """``group`` of ``pattern`` is private when ``is_valid`` says so of the digits in it."""

    kind: str
    pattern: re.Pattern[str]
    group: int = 0
    is_valid: Callable[[str], bool] = lambda _digits: True


def is_card(digits: str) -> bool:
    """Luhn's check, ISO/IEC 7812-1 annex B; 13 to 19 digits."""
    doubled = [int(d) * (1 + i % 2) for i, d in enumerate(reversed(digits))]
    return 13 <= len(digits) <= 19 and len(set(digits)) > 1 and sum(n - 9 if n > 9 else n for n in doubled) % 10 == 0


def is_my_number(digits: str) -> bool:
    """The check digit of the individual number: ministerial ordinance No. 85 of 2014, article 5."""
    if len(digits) != 12:
        return False
    weights = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
    rest = sum(int(d) * weight for d, weight in zip(digits, weights, strict=False)) % 11
    return int(digits[11]) == (0 if rest <= 1 else 11 - rest)


def is_phone(digits: str) -> bool:
    """A number as dialled in Japan, or behind +81."""
    return len(digits) in (10, 11) if digits.startswith("0") else len(digits) in (11, 12, 13)


_DASH = r"[-‐‑‒–—―−ーｰ]"
_GAP = r"(?:[ \u3000]?[-‐‑‒–—―−ーｰ.()（）・][ \u3000]?|[ \u3000])?"
_TOP = r"(?:com|jp|net|org|io|me|gg|ee|tv|be|co|dev|app|info|link|ly|to|gl|page|site|shop|xyz)"
_PATH = r"(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]|？(?=[A-Za-z0-9_]+=))"
_PREFECTURE = r"(?:[一-龠]{2,3}[都道府県])"
_PLACE = r"(?:[一-龠ァ-ヶ]|(?<=[一-龠])が(?=[一-龠]))"
_TOWN = r"[一-龠々ァ-ヶぁ-ん]"
_BLOCK = rf"丁目|番地?|{_DASH}\d{{1,4}}"
_BLOCKS = rf"(?:\d{{1,4}}|丁目|番地?|号室?|{_DASH})*"

RULES = (
    Rule("url", re.compile(rf"(?:https?|ftp)://{_PATH}+|(?<![A-Za-z0-9@._-])www\.{_PATH}+")),
    Rule("email", re.compile(r"[A-Za-z0-9._%+-]+ ?(?:@|\(at\)|\[at\]|＠) ?[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")),
    Rule("url", re.compile(rf"(?<![A-Za-z0-9@._-])(?:[A-Za-z0-9-]+\.)+{_TOP}/{_PATH}*")),
    Rule("url", re.compile(r"(?<![A-Za-z0-9@._-])(?:[a-z0-9-]+\.)+(?:com|jp|org)(?![A-Za-z0-9.])")),
    Rule("handle", re.compile(r"@(?=\d{0,31}[A-Za-z_]|\d{5})[A-Za-z0-9_]{2,32}")),
    Rule("handle", re.compile(r"(?<![A-Za-z0-9_.])[A-Za-z0-9_.]{2,32}#\d{4}(?!\d)")),
    Rule(
        "account",
        re.compile(
            r"(?i)(?:LINE|ライン|Discord|ディスコード?|カカオ|Skype|インスタ|Insta(?:gram)?|PSN|Switch|フレンド)?[ の]?"
            r"(?:ID|アカウント|アカ|垢|コード)[ ]?(?:は|[:：=])[ ]?([A-Za-z0-9_.-]{4,32})"
        ),
        group=1,
    ),
    Rule("card", re.compile(rf"(?<![\d.])\d(?:[ ]?{_DASH}?[ ]?\d){{12,18}}(?!\d)"), is_valid=is_card),
    Rule(
        "my_number",
        re.compile(rf"(?<!\d)\d{{4}}[ ]?{_DASH}?[ ]?\d{{4}}[ ]?{_DASH}?[ ]?\d{{4}}(?!\d)"),
        is_valid=is_my_number,
    ),
    Rule("my_number", re.compile(r"(?:マイナンバー|個人番号)[^\d\n]{0,6}(\d[\d -]{10,13}\d)"), group=1),
    Rule(
        "location", re.compile(r"(?<![\d.])-?\d{1,3}\.\d{3,}°?[NS]?[ ]?[,、，/ ][ ]?-?\d{1,3}\.\d{3,}°?[EW]?(?![\d.])")
    ),
    Rule(
        "location",
        re.compile(
            r"(?:北緯|南緯|東経|西経|緯度|経度)[ :：は]{0,2}-?\d{1,3}(?:\.\d+)?"
            r"(?:[度°][ ]?(?:\d{1,2}[分′'][ ]?)?(?:\d{1,2}(?:\.\d+)?[秒″\"])?)?"
        ),
    ),
    Rule(
        "phone", re.compile(rf"(?<![\d.])(?:\+|00)81{_GAP}\(?0?\)?{_GAP}\d{{1,4}}{_GAP}\d{{1,4}}{_GAP}\d{{3,4}}(?!\d)")
    ),
    Rule("phone", re.compile(rf"(?<![\d.])[(（]?0\d{{1,4}}{_GAP}\d{{1,4}}{_GAP}\d{{3,4}}(?!\d)"), is_valid=is_phone),
    Rule(
        "postal_code",
        re.compile(rf"〒[ \u3000]?\d{{3}}{_DASH}?\d{{4}}(?!\d)|(?<![\d.-])\d{{3}}{_DASH}\d{{4}}(?![\d-])"),
    ),
    Rule(
        "address",
        re.compile(rf"{_PREFECTURE}?{_PLACE}{{1,7}}[市区町村郡]{_TOWN}{{1,12}}?\d{{1,4}}(?:{_BLOCK}){_BLOCKS}"),
    ),
    Rule("address", re.compile(rf"[一-龠々ァ-ヶ]{{1,8}}\d{{1,3}}丁目{_BLOCKS}")),
)
"""Earlier rules win where two match: a phone number must not be taken for a postal code."""

PLACEHOLDERS = MappingProxyType(
    {
        "url": "〔リンク〕",
        "email": "〔メール〕",
        "account": "〔アカウント〕",
        "card": "〔カード番号〕",
        "my_number": "〔番号〕",
        "location": "〔場所〕",
        "phone": "〔電話番号〕",
        "postal_code": "〔郵便番号〕",
        "address": "〔住所〕",
    }
)
"""What stands in the place of each kind. Handles and names get a pseudonym instead."""

_WIDE = "".join(
    map(
        chr,
        (
            *range(0xFF10, 0xFF1A),
            *range(0xFF21, 0xFF3B),
            *range(0xFF41, 0xFF5B),
            0xFF20,
            0xFF0E,
            0xFF3F,
            0xFF0B,
            0xFF0D,
        ),
    )
)
_FOLD = str.maketrans(_WIDE, "".join(chr(ord(char) - 0xFEE0) for char in _WIDE))
_MAY_MATCH = re.compile(
    r"[@＠]|://|www\.|\.[a-z]{2}|#\d{4}|\d[\d -]{3}|\d{3}|ID|アカ|垢|コード|[緯経]|丁目|\d番|\d-\d|\(at\)|\[at\]"
)


def find(text: str) -> Iterator[Found]:
    """Yield what is private in ``text`` by its form, without overlaps, in the order of `RULES`."""
    folded = text.translate(_FOLD)
    if not _MAY_MATCH.search(folded):
        return
    for rule in RULES:
        for match in list(rule.pattern.finditer(folded)):
            start, end = match.span(rule.group)
            if rule.is_valid(re.sub(r"\D", "", match[rule.group])):
                folded = folded[:start] + "\0" * (end - start) + folded[end:]
                yield Found(start, end, rule.kind)
