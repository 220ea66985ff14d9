"""Decides which utterances are no use for a voice: empty, too short, not Japanese, posted by a program.

Knows texts alone. Does not know where they come from, nor what is private in them.
"""

import re

MIN_CHARS = 3
MIN_JAPANESE_SHARE = 0.5
MAX_HASHTAGS = 2

_LINK = re.compile(r"[ \t\u3000]*(?:https?://|www\.)[^\s\u3000-\u9fff\uff00-\uffef「」『』（）]+")
_SPACES = re.compile(r"[ \t\u3000]{2,}")
_HASHTAG = re.compile(r"[#＃][\w々ー]+")
_LAUGH = re.compile(r"[wｗ]{2,}|[wｗ](?=$|[\s。！？!?])")
_JAPANESE = re.compile(r"[\u3041-\u309f\u30a1-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uff66-\uff9f々〆]")
_QUOTED = re.compile(r"\s*(?:[“\"「][@＠]\w+|>{1,2} |引用)")
_AUTOMATED = re.compile(
    r"(?i)診断メーカー|shindanmaker|診断結果|あなたの.{1,12}は.{1,20}です[!！。]? ?#"
    r"|#nowplaying|♪ ?now playing|プレイ中[!！。]|をプレイしました|I'm at |\(@ .*\) (?:on|w/)|via @|Swarm"
    r"|にチェックイン|YouTube\s?動画を高く評価|動画を評価しました|ブログを更新しました"
    r"|さんをフォローしました|フォロワーさん?:? ?\d"
    r"|今日のツイート数|のポスト数[:：]|ツイート数[:：]|質問箱に|マシュマロを投げ|#peing|匿名で聞けちゃう"
    r"|このツイートは自動|定期(?:ツイート|ポスト)|【定期】|応募しました|プレゼントキャンペーン"
)


def without_links(text: str) -> tuple[str, list[str]]:
    """Return ``text`` without web addresses, and the addresses."""
    links = [link.strip() for link in _LINK.findall(text)]
    if not links:
        return text.strip(), []
    return _SPACES.sub(" ", _LINK.sub(" ", text)).strip(), links


def reason_to_drop(text: str, max_chars: int) -> str | None:
    """Return why ``text``, already without links and leading @names, is no use, or None when it is."""
    if not text:
        return "empty"
    if _QUOTED.match(text):
        return "quote"
    if _AUTOMATED.search(text):
        return "automated"
    if len(_HASHTAG.findall(text)) > MAX_HASHTAGS:
        return "hashtags"
    if len(text) < MIN_CHARS:
        return "too_short"
    if len(text) > max_chars:
        return "too_long"
    return "not_japanese" if japanese_share(text) < MIN_JAPANESE_SHARE else None


def japanese_share(text: str) -> float:
    """Return the share of kana and kanji among the letters of ``text``; laughing w counts as no letter."""
    letters = [char for char in _LAUGH.sub("", text) if char.isalpha()]
    return sum(map(bool, map(_JAPANESE.match, letters))) / len(letters) if letters else 0.0
