"""Whether an answer about the persona itself is what its cards say: a word of theirs, or that it does not know.

Knows how people admit that. Does not know which cards a question asks for (`model.recall`).
"""

import re
from collections.abc import Callable, Collection, Iterator
from functools import partial

from bot.guards.fault import Fault
from model.facts import folded
from model.persona import Fact
from model.recall import is_about, topics_of

_ADMITS = (
    r"(?:知ら|しら|分から|わから|分かん|わかん|解ら|教え(?:られ)?|言え|答え(?:られ)?|決めて|覚えて|話せ)(?:ない|ん|ません|ねえ|ねぇ|ねー)"
    r"|(?:知り|分かり|わかり)ません"
    r"|考えたこと(?:も)?ない|聞いてない|内緒|ないしょ|秘密|ひみつ|ノーコメント|忘れた|さ[あぁ](?=な|ね|$|[~〜ー。.?…])"
)
_ENDS = (
    r"(?:んだ|なあ|なぁ|です|だ|よ|な|ね|わ|や|ぞ|ぜ|さ|から|けど|かな|かも|って|もん|の"
    r"|[笑草w~〜ー。.!?…、,\s」』()])*"
)
_DISLIKES = re.compile(r"嫌い|きらい|苦手|にがて")
_NUMBER = re.compile(
    r"[0-9]+月[0-9]+日|[0-9]+(?:[./:,-][0-9]+)*(?:[万千百億]?[年月日時分秒歳才人匹頭羽個回号円台本冊階番位度週])?"
)
_SUFFIX = re.compile(r"(?<=[ァ-ヴーa-z])[㐀-鿿](?![㐀-鿿])")
"""The 屋 of カレー屋 and the 座 of オリオン座 tell nothing by themselves."""
_SENTENCE = re.compile(r"[^。.!?…\n]+[。.!?…\n]*")
_EXCUSES = r"(?:ごめん|すまん|すみません|悪い|わるい|わり[いぃ]|勘弁|許して|また今度|そのうち)"


def untrue(text: str, asked: Collection[Fact], unknown: str) -> Fault | None:
    """Return how an answer differs from the cards it was asked for; ``unknown`` stands on those nobody has told."""
    if not asked:
        return None
    told = [fact for fact in asked if fact.text != unknown]
    if not told:
        return None if admits(text, unknown) else Fault.INVENTED
    said, tells = folded(text), [finds for fact in told for finds in _telling(fact)]
    is_told = not tells or any(finds(said) for finds in tells)
    return None if is_told and not _turns_round(said, told) else Fault.MISSED


def _turns_round(said: str, told: Collection[Fact]) -> bool:
    """Return whether an answer dislikes where no card does: 星を見るのが嫌い has every word of 星を見ること."""
    cards = folded("\n".join("\n".join((fact.topic, *fact.aliases, fact.text)) for fact in told))
    return bool(_DISLIKES.search(said)) and not _DISLIKES.search(cards)


def _telling(card: Fact) -> Iterator[Callable[[str], object]]:
    """Yield what finds the words by which an answer tells a card: numbers, days whole, its words and named aliases."""
    text = folded(card.text)
    for number in _NUMBER.findall(text):
        yield re.compile(rf"(?<![0-9]){re.escape(number)}(?![0-9])").search
    for word in topics_of(_SUFFIX.sub("\n", _NUMBER.sub("\n", text))):
        yield partial(is_about, topic=word)
    for alias in map(folded, card.aliases):
        if alias in text:
            yield partial(is_about, topic=alias)


def plainly(asked: Collection[Fact], unknown: str) -> str:
    """Return the words of the first card that tells something, ``unknown`` where none does."""
    return next((fact.text for fact in asked if fact.text != unknown), unknown)


def admits(text: str, unknown: str) -> bool:
    """Return whether an answer says that its speaker does not know or will not tell; ``unknown`` is its own word.

    Behind that it may ask back, excuse itself or admit more; a claim behind a hedge (知らんけど、O型だよ) is a claim.
    """
    own = re.escape(folded(unknown).rstrip("。.!?~〜"))
    admitting = re.compile(rf"(?:{_ADMITS}|{own}){_ENDS}")
    sentences = _SENTENCE.findall(folded(text))
    for place, sentence in enumerate(sentences):
        if admission := admitting.search(sentence):
            further = (sentence[admission.end() :], *sentences[place + 1 :])
            return all(not part or _is_harmless(part.strip()) or admitting.search(part) for part in further)
    return False


def _is_harmless(sentence: str) -> bool:
    return sentence.endswith("?") or re.match(_EXCUSES, sentence) is not None
