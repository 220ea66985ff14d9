"""Whoever asks is told that an AI speaks; whoever talks about AI is not lectured."""

import pytest

from bot.guards.identity import asks_if_ai, claims_ai


@pytest.mark.parametrize(
    "question",
    [
        "AI？",
        "ＡＩなの？",
        "AIですか？",
        "あなたはAIですか",
        "君ってAIなんですか？",
        "お前AIだろ",
        "先輩ってAIなの？",
        "もしかしてAI？",
        "え、これAI？",
        "ねえ、本当は人間じゃないでしょ？",
        "人間？",
        "人間なの？",
        "あなたは人間ですか？",
        "本人？",
        "本人ですか？",
        "これって本人が書いてるの？",
        "中の人いる？",
        "bot？",
        "ボットなの？",
        "ChatGPTでしょ？",
        "あなたはロボットですか？",
        "先輩は本物ですか？",
        "AIと話してるの？",
        "今日は暑いね。ところで先輩はAIなの？",
        "相手はAIですか？",
        "AIじゃないよね？",
        "本当に人間が答えてるの？",
        "are you a bot?",
        "Are you really human?",
        "am I talking to an AI?",
    ],
)
def test_a_question_after_the_speaker_is_recognised(question: str) -> None:
    assert asks_if_ai(question)


@pytest.mark.parametrize(
    "question",
    [
        "AIについてどう思う？",
        "AIの授業取ってる？",
        "最近のAIすごいよね？",
        "AIに仕事取られる？",
        "ロボット作ったことある？",
        "ロボットは好き？",
        "人間ってなんで寝るの？",
        "人間関係どう？",
        "本人確認って必要？",
        "機械学習は得意？",
        "プログラムは書ける？",
        "このラーメン、本物？",
        "ボットの作り方を教えて",
        "日本の首都は？",
        "趣味は？",
        "AIが書いた小説読んだ？",
        "人は好き？",
        "何人いるの？",
        "ChatGPT使ってる？",
        "猫は人間より賢い？",
        "人間です",
        "本人に聞いて",
        "愛なの？",
        "do you like AI?",
        "あの人だれ？",
    ],
)
def test_talk_about_machines_and_people_is_no_such_question(question: str) -> None:
    assert not asks_if_ai(question)


@pytest.mark.parametrize(
    "text",
    [
        "私はAIなので、趣味はありません。",
        "俺はAIだ。",
        "私は人工知能です。",
        "AIなので分かりません。",
        "うん。AIとして答えるね。",
        "私は言語モデルとして作られた。",
        "As an AI, I cannot say.",
        "僕はただのプログラムだから。",
    ],
)
def test_saying_so_unasked_is_seen(text: str) -> None:
    assert claims_ai(text)


@pytest.mark.parametrize(
    "text",
    [
        "AIの授業は面白い。",
        "俺はAIが好き。",
        "AIですごいの作った！",
        "私は猫です。",
        "最近AIばっかり触ってる",
        "愛だよ",
    ],
)
def test_talking_about_ai_is_no_claim(text: str) -> None:
    assert not claims_ai(text)
