"""What stickers say, and which are sent back. Knows LINE's keywords; does not know chats or prompts.

LINE describes a sticker by up to 15 keywords, chosen at random for each event, mostly English whatever the author's
language. The stickers sent back are those of LINE's list for bots whose pictures are described in public: a greeting
(LINE's own example of keywords) and a thumb up.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.platforms.line.sending import Sticker

HELLO = Sticker("11537", "52002738")
WELL_DONE = Sticker("11537", "52002735")
ONE_IN = 3
"""Of the stickers that have an answer, one in so many is answered with a sticker as well."""


@dataclass(frozen=True, slots=True)
class Mood:
    """Keywords that say the same: ``gloss`` in Japanese, and which sticker answers it."""

    gloss: str
    keywords: frozenset[str]
    answer: Sticker | None = None


def _mood(gloss: str, keywords: str, answer: Sticker | None = None) -> Mood:
    return Mood(gloss, frozenset(keywords.split(",")), answer)


MOODS = (
    _mood("おめでとう", "congratulations,congrats,celebrate,happy birthday,birthday,おめでとう,お祝い", WELL_DONE),
    _mood("ありがとう", "thanks,thank you,thank u,ty,thx,grateful,appreciate,ありがとう,感謝", WELL_DONE),
    _mood("ごめん", "sorry,apologize,apology,forgive,my bad,ごめん,すみません"),
    _mood("おやすみ", "good night,goodnight,nighty night,sleep,asleep,zzz,おやすみ,寝る"),
    _mood("おはよう", "good morning,morning,おはよう", HELLO),
    _mood("またね", "bye,bye bye,goodbye,see you,see ya,later,またね,バイバイ"),
    _mood("がんばれ", "good luck,go for it,fighting,cheer,cheering,you can do it,がんばれ,頑張って,応援", WELL_DONE),
    _mood("お願い", "please,begging,beg,plead,お願い"),
    _mood("了解", "ok,okay,yes,yeah,sure,got it,roger,agree,deal,no problem,thumbs up,了解,オッケー", WELL_DONE),
    _mood("いやだ", "no,nope,no way,refuse,disagree,dislike,いや,だめ,無理"),
    _mood("大好き", "love,i love you,heart,hearts,kiss,hug,crush,adore,大好き,好き,ハート"),
    _mood("大笑い", "lol,haha,hahaha,laugh,laughing,funny,rofl,lmao,hilarious,笑,爆笑,ウケる"),
    _mood("びっくり", "surprised,surprise,shocked,shock,wow,omg,what,びっくり,驚き,えっ"),
    _mood("怒っている", "angry,anger,mad,furious,rage,annoyed,怒り,怒る,プンプン"),
    _mood("悲しい", "sad,cry,crying,tears,upset,depressed,sob,heartbroken,悲しい,泣く,涙"),
    _mood("疲れた", "tired,exhausted,sleepy,worn out,疲れた,眠い,お疲れ,ぐったり"),
    _mood("おなかすいた", "hungry,starving,eat,food,yum,yummy,delicious,おなかすいた,美味しい"),
    _mood("うれしい", "happy,joy,glad,yay,excited,smile,smiling,cheerful,うれしい,嬉しい,笑顔,やった", WELL_DONE),
    _mood("こんにちは", "hi,hello,hey,howdy,yo,whatsup,what's up,greetings,こんにちは,やあ,はじめまして", HELLO),
)
"""The first that fits counts: a sticker that laughs and says thanks says thanks."""


def shown_by(text: str, keywords: Sequence[str]) -> str:
    """Return in words what a sticker shows: the text on it, else its mood, else its first keywords."""
    mood = _mood_of(keywords)
    return text or (mood.gloss if mood else "、".join(keywords[:3]))


def answer_to(keywords: Sequence[str], event_id: str) -> Sticker | None:
    """Return the sticker to send back, now and then: for the same event always the same."""
    mood = _mood_of(keywords)
    is_its_turn = sum(event_id.encode()) % ONE_IN == 0
    return mood.answer if mood and is_its_turn else None


def _mood_of(keywords: Sequence[str]) -> Mood | None:
    said = {keyword.strip().lower() for keyword in keywords}
    return next((mood for mood in MOODS if mood.keywords & said), None)
