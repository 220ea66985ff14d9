"""What may stand before an utterance."""

from dataclasses import dataclass

from train.conversations import MONOLOGUE, asked, content_nouns, monologue, real


@dataclass(frozen=True)
class Line:
    text: str
    parent: str | None = None


def test_a_known_context_is_the_words_that_were_answered_and_nothing_else() -> None:
    assert list(real(Line("行くわ〜", parent="飲み行く？"))) == ["飲み行く？"]


def test_an_utterance_that_answers_nothing_offers_no_real_context() -> None:
    assert list(real(Line("カレー食べたい"))) == []


def test_every_utterance_may_be_said_unasked() -> None:
    assert tuple(monologue(Line("眠い"))) == MONOLOGUE


def test_a_question_is_asked_about_a_noun_of_the_utterance() -> None:
    view = asked(content_nouns())
    offered = view(Line("昨日の麻雀、やばかったw"))
    assert offered
    assert all("麻雀" in question for question in offered)


def test_an_utterance_without_a_noun_offers_no_question() -> None:
    assert list(asked(content_nouns())(Line("やばいw"))) == []


def test_a_question_never_shares_six_characters_with_its_answer() -> None:
    view = asked(content_nouns())
    for text in ("ベテルギウスの望遠鏡写真を撮ったぞ〜", "天文部の新入生歓迎会で玉ねぎを炒めた", "自転車の話して"):
        for question in view(Line(text)):
            grams = {question[start : start + 6] for start in range(len(question) - 5)}
            assert not any(gram in text for gram in grams if gram)
