"""Reads a LINE talk history (.txt), Japanese or English, from a phone or from the PC.

Knows the rows, the date lines and what is no message in them. Times are taken as Japan's, since the file names none.
Does not know which of the people is the persona.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, timezone
from itertools import islice

from train.sources import line_names
from train.sources.document import Document, Item
from train.utterance import Dropped, Utterance

JAPAN = timezone(timedelta(hours=9), "JST")
SESSION = timedelta(hours=1)
"""A longer silence begins a new thread."""

_YEAR_FIRST = re.compile(
    r"(\d{4})\s?[/.年-]\s?(\d{1,2})\s?[/.月-]\s?(\d{1,2})日?[ ,]*(?:[(（].{1,3}[)）]|.曜日|[A-Z][a-z]{2,8})\s*"
)
_YEAR_LAST = re.compile(r"([A-Z][a-z]{2})[a-z]*,? (\d{1,2})[/.](\d{1,2})[/.](\d{4})\s*")
_TIME = r"(?P<before>午前|午後|AM |PM )?\s?(?P<hour>\d{1,2}):(?P<minute>\d{2})(?:\s?(?P<after>[AaPp][Mm]))?"
_PHONE_ROW = re.compile(rf"{_TIME}\t(?P<rest>.*)", re.DOTALL)
_PC_ROW = re.compile(rf"{_TIME} (?P<rest>\S.*)", re.DOTALL)
_PLACEHOLDER = re.compile(
    r"\[(?:スタンプ|写真|画像|動画|ボイスメッセージ|ファイル|連絡先|位置情報|ギフト|イベント|投票)\]"
    r"|\[(?:Stickers?|Photos?|Videos?|Voice message|Files?|Contact|Location|Gift|Poll)\]"
    r"|\[(?:アルバム|ノート|Album|Notes?)\].*|☎.*|(?:\(emoji\)\s*)+",
    re.DOTALL | re.IGNORECASE,
)
_SYSTEM = re.compile(
    r"(?:.{0,40}が)?メッセージの送信を取り消しました。?|.{0,40}がグループ(?:に参加|を退会|から退会)しました。?"
    r"|(?:.{0,40} )?unsent a message\.?|(?:joined|left) the (?:group|chat)\.?",
    re.IGNORECASE,
)
_OPENS_QUOTE = re.compile(r'[\t ]"')
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(slots=True)
class _Row:
    """A row of the file; ``rest`` is what stands behind the time, with the lines that continue it."""

    line: int
    said_at: datetime
    rest: str


def is_line_talk(document: Document) -> bool:
    lines = [line for _, (_, line) in zip(range(40), document.numbered_lines(), strict=False)]
    if lines and lines[0].startswith("[LINE]"):
        return True
    return bool(lines and _YEAR_FIRST.fullmatch(lines[0]) and any(map(_row_pattern(lines).match, lines[1:])))


def read_line_talk(document: Document) -> Iterator[Item]:
    """Yield every message. Raises BrokenSource where a date or the messages are missing."""
    pattern = _row_pattern(document.lines)
    rows = list(_rows(document, pattern))
    if not rows:
        raise document.broken(len(document.lines), "messages such as 9:05, a tab, a name, a tab and a text")
    split = line_names.by_tab if pattern is _PHONE_ROW else line_names.by_space([row.rest for row in rows])
    session, last_at = 0, rows[0].said_at
    for row in rows:
        session, last_at = session + (row.said_at - last_at > SESSION), row.said_at
        name, text = split(row.rest)
        said = document.utterance(
            f"line {row.line}", _unquoted(text), speaker=name, said_at=row.said_at, thread=f"{document.name}#{session}"
        )
        yield _item(said)


def _item(said: Utterance) -> Item:
    if said.speaker is None or _SYSTEM.fullmatch(said.text):
        return Dropped(said, "system")
    if _PLACEHOLDER.fullmatch(said.text):
        return Dropped(said, "placeholder")
    return replace(said, text=said.text.replace("(emoji)", "").strip())


def _row_pattern(lines: Sequence[str]) -> re.Pattern[str]:
    return _PHONE_ROW if any(map(_PHONE_ROW.match, lines)) else _PC_ROW


def _rows(document: Document, pattern: re.Pattern[str]) -> Iterator[_Row]:
    """Yield the rows, each with the lines that continue it."""
    lines = document.lines
    day_of = _day_reader(lines)
    day: date | None = None
    row: _Row | None = None
    position = 0
    while position < len(lines):
        match = pattern.fullmatch(lines[position])
        if match is not None:
            if row is not None:
                yield row
            if day is None:
                raise document.broken(position + 1, "a date line such as 2024/04/30(火) above the first message")
            end = _end_of_quote(lines, position, pattern)
            row = _Row(position + 1, _moment(document, position + 1, day, match), match["rest"])
            row.rest = "\n".join([row.rest, *lines[position + 1 : end]])
            position = end
            continue
        if _begins_day(lines, position, pattern):
            day = day_of(document, position + 1)
        elif row is not None:
            row.rest += "\n" + lines[position]
        position += 1
    if row is not None:
        yield row


def _end_of_quote(lines: Sequence[str], first: int, pattern: re.Pattern[str]) -> int:
    """Return the position behind the text in quotes that begins in line ``first``; a text without them is one line."""
    if not _OPENS_QUOTE.search(lines[first]):
        return first + 1
    for position in range(first + 1, len(lines)):
        if pattern.fullmatch(lines[position]):
            break
        if lines[position].endswith('"') and _is_followed_by_row(lines, position, pattern):
            return position + 1
    return first + 1


def _begins_day(lines: Sequence[str], position: int, pattern: re.Pattern[str]) -> bool:
    """A date alone in its line, with a message below: in the middle of a message it is just a date."""
    return _is_day(lines[position]) and _is_followed_by_row(lines, position, pattern)


def _is_followed_by_row(lines: Sequence[str], position: int, pattern: re.Pattern[str]) -> bool:
    """Whether the next line that is not blank is a message or a date; the end of the file counts too."""
    following = next((line for line in islice(lines, position + 1, None) if line.strip()), None)
    return following is None or bool(pattern.fullmatch(following)) or _is_day(following)


def _is_day(line: str) -> bool:
    return bool(_YEAR_FIRST.fullmatch(line) or _YEAR_LAST.fullmatch(line))


def _day_reader(lines: Sequence[str]) -> Callable[[Document, int], date]:
    """Return what reads the date in a line: the weekdays of the whole file tell 3/4 from 4/3."""
    matches = [match for line in lines if (match := _YEAR_LAST.fullmatch(line))]
    is_day_first = _agreeing(matches, day_first=True) > _agreeing(matches, day_first=False)

    def read(document: Document, number: int) -> date:
        line = document.lines[number - 1]
        match = _YEAR_FIRST.fullmatch(line)
        day = _date(match[1], match[2], match[3]) if match else _year_last(_YEAR_LAST.fullmatch(line), is_day_first)
        if day is None:
            raise document.broken(number, "a date that exists")
        return day

    return read


def _agreeing(matches: Sequence[re.Match[str]], *, day_first: bool) -> int:
    days = [(match, _year_last(match, day_first)) for match in matches]
    return sum(day is not None and _WEEKDAYS[day.weekday()] == match[1] for match, day in days)


def _year_last(match: re.Match[str] | None, is_day_first: bool) -> date | None:
    if match is None:
        return None
    return _date(match[4], match[3], match[2]) if is_day_first else _date(match[4], match[2], match[3])


def _date(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _moment(document: Document, number: int, day: date, match: re.Match[str]) -> datetime:
    half = (match["before"] or match["after"] or "").strip().upper()
    hour, minute = int(match["hour"]), int(match["minute"])
    if half:
        hour = hour % 12 + 12 * (half in ("午後", "PM"))
    if hour == 24:  # some phones write midnight so
        hour = 0
    if hour > 23 or minute > 59:
        raise document.broken(number, "a time between 0:00 and 23:59")
    return datetime.combine(day, time(hour, minute), JAPAN)


def _unquoted(text: str) -> str:
    """Free a text of several lines from the quotes around it."""
    text = text.rstrip("\n")
    if "\n" in text and len(text) > 1 and text[0] == text[-1] == '"':
        return text[1:-1].replace('""', '"')
    return text
