"""What is no use for a voice is told from what is."""

import pytest

from train.filters import japanese_share, reason_to_drop, without_links

KEPT = [
    "それな", "草生えるwww", "やばいwwwwwwww", "え、まじ？", "Pythonむずかしいな", "今日は #麻雀 と #ラーメン",
    "100円だったわ",
    "OKです了解です", "質問ある？", "プレイした感想", "定期券なくした", "「それ」って言った",
]  # fmt: skip
DROPPED = {
    "": "empty",
    "うん": "too_short",
    "あ" * 201: "too_long",
    "hello world": "not_japanese",
    "😂😂😂": "not_japanese",
    "#a #b #c です": "hashtags",
    "＃あ ＃い ＃う です": "hashtags",
    "あなたの前世は猫です！ #診断メーカー": "automated",
    "♪ Now Playing 歌": "automated",
    "I'm at 駅 (東京)": "automated",
    "YouTube動画を高く評価しました": "automated",
    "【定期】フォローしてね": "automated",
    "ゲームをプレイ中！": "automated",
    "今日のツイート数は12でした": "automated",
    "匿名で聞けちゃう！": "automated",
    "“@minori: 名言”": "quote",
}


@pytest.mark.parametrize("text", KEPT)
def test_ordinary_words_stay(text: str) -> None:
    assert reason_to_drop(text, 200) is None


@pytest.mark.parametrize(("text", "reason"), DROPPED.items())
def test_what_is_no_use_has_a_reason(text: str, reason: str) -> None:
    assert reason_to_drop(text, 200) == reason


def test_the_share_of_japanese_counts_letters_alone() -> None:
    assert japanese_share("あいab") == 0.5
    assert japanese_share("あい！？12www") == 1
    assert japanese_share("!!!") == 0


@pytest.mark.parametrize(
    ("text", "rest", "links"),
    [
        ("見て https://example.com/a?b=1 すごい", "見て すごい", ["https://example.com/a?b=1"]),
        ("これhttps://example.com/xです", "これ です", ["https://example.com/x"]),
        ("https://example.com", "", ["https://example.com"]),
        ("「https://example.com/a」だって", "「 」だって", ["https://example.com/a"]),
        (" リンクなし ", "リンクなし", []),
    ],
)
def test_links_are_taken_out_with_the_space_around_them(text: str, rest: str, links: list[str]) -> None:
    assert without_links(text) == (rest, links)
