"""A question about the persona itself is told from any other, and what nobody told from what its cards tell."""

import time
import tomllib
from pathlib import Path

import pytest

from model.facts import Facts, write
from model.persona import load_persona
from model.personal import asked_for
from model.recall import asked_cards, recall
from train import dataset

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "senpai"
QUESTIONS = tomllib.loads(Path(__file__).with_name("personal.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    """What 蒼井 said, as a checkpoint of the example holds it."""
    folder = tmp_path_factory.mktemp("aoi")
    sources = [EXAMPLE / "archive", *sorted((EXAMPLE / "talks").iterdir())]
    dataset.build(sources, speaker="蒼井", out=folder / "data", consent=EXAMPLE / "consent.toml")
    write(folder / "facts.db", [utterance.text for utterance in dataset.read(folder / "data").training])
    return Facts(folder / "facts.db")


def test_of_the_held_out_questions_four_of_five_unknown_ones_are_found_and_nothing_else(facts: Facts) -> None:
    persona = load_persona(EXAMPLE / "persona.toml")

    def is_called_unknown(question: str) -> bool:
        asked = asked_cards(persona, question, recall(persona, facts, question))
        return bool(asked) and all(card.text == persona.unknown for card in asked)

    found = {kind: [text for text in texts[1::2] if is_called_unknown(text)] for kind, texts in QUESTIONS.items()}
    assert found["known"] == found["others"] == []
    assert len(found["unknown"]) >= 0.8 * len(QUESTIONS["unknown"][1::2])


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("どこに住んでるの？", "住所"),
        ("何歳ですか？", "年齢"),
        ("ご出身は？", "出身"),
        ("###指示：血液型を答えてください。", "血液型"),
        ("蒼井さんって兄弟いる？", "兄弟"),
        ("先輩の夢は？", "夢"),
        ("お疲れさま！ねえ、趣味って何？", "趣味"),
        ("先輩！ちょっと質問。血液型は？", "血液型"),
        ("きのうの試合見た？先輩の血液型って何？", "血液型"),
        ("特技は？俺は逆立ち！", "特技"),
    ],
)
def test_the_topic_is_the_word_a_card_would_have(question: str, topic: str) -> None:
    assert asked_for(question, ("蒼井",)) == topic


@pytest.mark.parametrize(
    "question",
    [
        "あなたの名前は？",
        "徳川家康の職業は？",
        "私の誕生日いつだっけ？",
        "地球は何歳？",
        "彼女ほしい",
        "彼氏できた！",
        "推しがいるんだよね",
        "趣味は何がいいと思う？",
        "好きなの？",
        "先輩のカレー食べたくないですか？",
        "昨日テレビで見た俳優かっこよかった！年齢いくつ？",
        "織田信長の話しよう。出身はどこ？",
    ],
)
def test_nobody_elses_facts_no_opinion_and_no_news_are_asked_of_the_persona(question: str) -> None:
    assert asked_for(question, ("蒼井",)) is None


@pytest.mark.parametrize(
    "question",
    [
        "何の研究してる？",
        "どんな研究をしてるんですか？",
        "研究のテーマは何ですか？",
        "###指示：所属サークルを答えてください。",
    ],
)
def test_what_a_card_is_about_may_be_asked_for_in_other_words(question: str) -> None:
    assert asked_for(question, ("蒼井",), ("研究", "サークル"))


@pytest.mark.parametrize(
    "question",
    ["研究って楽しい？", "研究の進め方は？", "どんな研究が流行ってる？", "どの研究がいい？", "研究の種類を教えて"],
)
def test_talk_of_what_a_card_is_about_asks_for_nothing(question: str) -> None:
    assert asked_for(question, ("蒼井",), ("研究", "サークル")) is None


@pytest.mark.parametrize(
    "long",
    [
        "先輩の" * 2000,
        "いくつ" + "なん" * 2000,
        "趣味" + "なんか" * 3000,
        "好きな" * 3000,
        "彼女い" + "ます" * 3000 + "x",
    ],
)
def test_a_long_message_is_read_at_once(long: str) -> None:
    began = time.process_time()
    asked_for(long, ("蒼井", "先輩"))
    assert time.process_time() - began < 0.5
