"""Finds who speaks by the labels before what is said: 名前：…, 名前: …, SPEAKER_00: …, [SPEAKER_00]: …

A word before a colon is a label only where the same few come again and again: 注意：… in one line is no speaker.
Does not know formats, nor where an utterance ends.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

MIN_TIMES = 2
MAX_SPEAKERS = 20
NO_NAMES = frozenset(
    "注意 注 例 例文 結論 理由 補足 追記 備考 結果 条件 目標 目的 予定 日時 日程 時間 場所 内容 問題 答え "  # noqa: SIM905
    "ポイント メモ まとめ 件名 題名 タイトル 速報 悲報 朗報 今日 明日 昨日 朝 昼 夜 PS P.S http https".split()
)

_MARKS = r"\s：:、。，．！？!?…「」『』（）()\[\]【】<>/@＠#＃"
_LABEL = re.compile(
    rf"\s*(?:[-‐–—−]\s*)?[\[［【(（]?([^{_MARKS}]{{1,16}}(?:[ \u3000][^{_MARKS}]{{1,12}})?)[\]］】)）]?\s*"
    r"(?:(?<!\d)[：:]|[：:](?!\d))(?!//)\s*(?=\S)"
)


@dataclass(frozen=True, slots=True)
class Labels:
    """The ``names`` that are speakers in one text; none when it has no labels."""

    names: frozenset[str]

    def heard(self, line: str) -> tuple[str | None, str] | None:
        """Return who says ``line`` and what is said, or None when it has no label, so that the last speaker goes on.

        A label that is no speaker elsewhere leaves nobody: its words must not become somebody else's.
        """
        match = _label(line) if self.names else None
        if match is None:
            return None
        return (match[1], line[match.end() :]) if match[1] in self.names else (None, line)


def find_labels(lines: Iterable[str], min_share: float) -> Labels:
    """Return the labels of ``lines`` when those that come again begin at least ``min_share`` of them.

    Where every line has a label, speakers who speak once are known too.
    """
    matches = [_label(line) for line in lines if line.strip()]
    times = Counter(match[1] for match in matches if match)
    again = {name: count for name, count in times.items() if count >= MIN_TIMES}
    if not 0 < len(again) <= MAX_SPEAKERS or sum(again.values()) < min_share * len(matches):
        return Labels(frozenset())
    return Labels(frozenset(times if all(matches) else again))


def _label(line: str) -> re.Match[str] | None:
    match = _LABEL.match(line)
    return None if match is None or match[1] in NO_NAMES or match[1].isdecimal() else match
