"""Near duplicates are found exactly, and fast."""

from hypothesis import given
from hypothesis import strategies as st

from train.duplicates import SIMILARITY, clusters, key

TEXTS = st.lists(st.text("あいう", min_size=1, max_size=14), max_size=16)


def grams(text: str) -> set[str]:
    return {text[i : i + 3] for i in range(max(len(text) - 2, 1))}


def similarity(left: str, right: str) -> float:
    shared = len(grams(left) & grams(right))
    return shared / (len(grams(left)) + len(grams(right)) - shared)


def test_laughing_and_symbols_do_not_make_a_text_new() -> None:
    assert key("やばいwww") == key("やばい！！") == key("やばい笑") == key("ﾔﾊﾞｲ").replace("ヤバイ", "やばい")
    assert key("！？") == "!?"


def test_one_changed_word_in_a_long_text_is_the_same_kind() -> None:
    long = "今日も一日がんばっていきましょうという気持ちだけはあるんだよな"
    assert clusters([long, long + "ほんと", "ぜんぜん別の話をしている"]) == [0, 0, 2]


@given(TEXTS)
def test_the_index_finds_what_comparing_everything_finds(texts: list[str]) -> None:
    heads = clusters(texts)
    for position, head in enumerate(heads):
        if head == position:
            kinds = [other for other in range(position) if heads[other] == other]
            assert not any(similarity(texts[other], texts[position]) >= SIMILARITY for other in kinds)
        else:
            assert heads[head] == head and similarity(texts[head], texts[position]) >= SIMILARITY


def test_ten_thousand_texts_from_one_template_take_seconds() -> None:
    heads = clusters([f"今日は{number}回目のラーメンを食べました" for number in range(10_000)])
    assert len(heads) == 10_000
