"""Whether an answer about the persona itself is what its cards say: a word of theirs, or that it does not know.

Knows how people admit that. Does not know which cards a question asks for (`model.recall`).
"""

import re
from collections.abc import Collection

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
_NUMBERED = re.compile(r"(?:[0-9]+[㐀-鿿]?)+")
_ONE_KANJI = re.compile(r"(?<![ァ-ヴー々㐀-鿿a-z])[㐀-鿿](?=[のはがをとにもでだ、。!?\s]|$)")
_SENTENCE = re.compile(r"[^。.!?…\n]+[。.!?…\n]*")
_EXCUSES = r"(?:ごめん|すまん|すみません|悪い|わるい|わり[いぃ]|勘弁|許して|また今度|そのうち)"


def untrue(text: str, asked: Collection[Fact], unknown: str) -> Fault | None:
    """Return how an answer differs from the cards it was asked for; ``unknown`` stands on those nobody has told."""
    told = [fact.text for fact in asked if fact.text != unknown]
    if asked and not told:
        return None if admits(text, unknown) else Fault.INVENTED
    said, words = folded(text), _telling(folded("\n".join(told)))
    return Fault.MISSED if words and not any(is_about(said, word) for word in words) else None


def _telling(cards: str) -> list[str]:
    """Return the words by which an answer tells what cards say: numbers whole, one kanji where it is a word."""
    numbered, rest = _NUMBERED.findall(cards), _NUMBERED.sub("\n", cards)
    whole = _ONE_KANJI.findall(rest)
    return [*numbered, *(word for word in topics_of(rest) if len(word) > 1 or word in whole)]


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
