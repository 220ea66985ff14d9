"""What nobody has told is said to be unknown; what a card tells is said with a word of the card."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.guards import Fault
from bot.guards.honesty import admits, untrue
from model.persona import Fact

LETTERS = "7月日時年3万円/.つ犬や猫カレー屋オリオン座abcのは、。〜！ 一二"
UNTOLD = (Fact(topic="血液型", text="知らない"),)
TOLD = (Fact(topic="好きな飲み物", text="麦茶。真冬でも麦茶"),)


@pytest.mark.parametrize(
    "text",
    [
        "知らない〜w",
        "それは言えないな〜、また今度！",
        "わからん…",
        "さあな〜",
        "内緒だよ！",
        "わかりません。",
        "覚えてないんだよね笑",
        "わかんない！",
        "わかんねえ〜",
        "知らないなあ。お前は？",
        "秘密！ごめんな〜",
        "うーん、考えたことないな。わからん！",
    ],
)
def test_whoever_does_not_know_or_will_not_tell_says_so(text: str) -> None:
    assert admits(text, "知らない")


@pytest.mark.parametrize(
    "text",
    [
        "知らんけど、O型だよ",
        "知らない。A型だよ",
        "A型だよ〜",
        "いつ爆発するか分からんのがいい！",
        "知らない人がいた",
        "さあ、行こう！",
        "忘れたころに来る",
    ],
)
def test_words_of_not_knowing_inside_something_else_admit_nothing(text: str) -> None:
    assert not admits(text, "知らない")


def test_a_persona_may_have_its_own_word_for_it() -> None:
    assert admits("そいつは宇宙の謎だな〜w", "宇宙の謎")


def test_an_answer_is_held_against_the_cards_it_was_asked_for() -> None:
    assert untrue("A型！", UNTOLD, "知らない") is Fault.INVENTED
    assert untrue("知らない！", UNTOLD, "知らない") is None
    assert untrue("コーラ！", TOLD, "知らない") is Fault.MISSED
    assert untrue("麦茶一択〜", TOLD, "知らない") is None
    assert untrue("A型！", (), "知らない") is None


def test_a_cards_word_of_one_kanji_counts_where_it_stands_alone() -> None:
    hobby = (Fact(topic="趣味", text="星を見ること"),)
    assert untrue("星山で生まれた〜w", hobby, "知らない") is Fault.MISSED
    assert untrue("星〜w", hobby, "知らない") is None


@pytest.mark.parametrize(
    ("card", "told", "missed"),
    [
        ("7月7日。毎年曇る", "7月7日だよ〜", "5月30日〜、雨だ！"),
        ("カレー屋の屋上に天文台を作る", "天文台を作るんだ！", "パン屋が空きある〜w"),
        ("雲の写真から天気を当てる研究", "雲だよ〜", "高校の演習〜w"),
        ("1999年7月7日生まれ", "7月7日だよ〜", "7月8日だよ〜"),
        ("7/7", "7/7だよ", "8/7かな"),
        ("8時に起きる", "8時〜", "18時かな"),
        ("中古で3万円", "3万円〜", "5万円〜"),
        ("3つ", "3つだよ", "13こ"),
        ("犬や鳥", "犬だよ〜", "猫だよ〜"),
        ("弱い。いつも最下位", "弱いよ〜w", "強いよ〜w"),
    ],
)
def test_numbers_and_days_count_whole_and_a_kanji_where_it_is_a_word(card: str, told: str, missed: str) -> None:
    asked = (Fact(topic="それ", text=card),)
    assert untrue(told, asked, "知らない") is None
    assert untrue(missed, asked, "知らない") is Fault.MISSED


def test_a_name_in_hiragana_tells_a_card_that_lists_it_as_an_alias() -> None:
    asked = (Fact(topic="望遠鏡", text="中古の望遠鏡、名前はのぞみ", aliases=("のぞみ",)),)
    assert untrue("のぞみ！", asked, "知らない") is None


def test_whoever_dislikes_what_a_card_tells_misses_it() -> None:
    hobby = (Fact(topic="趣味", text="星を見ること"),)
    assert untrue("星を見るのが嫌い〜", hobby, "知らない") is Fault.MISSED
    assert untrue("星を見るのが好き〜", hobby, "知らない") is None
    disliked = (Fact(topic="苦手な食べ物", text="パクチー"),)
    assert untrue("パクチーが嫌い〜", disliked, "知らない") is None


@given(st.text(st.sampled_from(LETTERS), min_size=1, max_size=20))
def test_saying_the_card_itself_never_misses_it(card: str) -> None:
    assert untrue(card, (Fact(topic="それ", text=card),), "知らない") is None
