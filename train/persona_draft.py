"""Drafts persona.toml from the data: the register, and cards of what the lines like, dislike, speak of and keep saying.

Knows words and counts. Does not know tokens or tuning. A card is a guess until a person has read it: a run that finds
no persona.toml drafts the register alone, and `senpai data persona` writes the cards down to be corrected.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import tomli_w

from model.persona import Fact, Persona
from train.conversations import content_nouns
from train.evaluate.style import count_plain

PLAIN_PROMPT = "あなたは常体で応答します。"
POLITE_PROMPT = "あなたは敬体で応答します。"
PLAIN_UNKNOWN, POLITE_UNKNOWN = "知らない", "わかりません"
MIN_LINES = 3
"""What fewer lines than these say is no habit."""

NUM_LIKED, NUM_TOPICS, NUM_PHRASES = 5, 8, 3
MIN_PHRASE, MAX_PHRASE = 4, 8
REACH = 8
"""Characters before 好き in which the thing is looked for."""

_LIKED = re.compile(
    r"(?:が|は|も|って|こそ)?(?:やっぱり|一番|本当に|ほんと|まじで)?"
    r"(?:大好き|好き|最高|うまい|美味しい|おいしい|推し)"
)
_DISLIKED = re.compile(r"(?:が|は|も|って|だけは)?(?:嫌い|きらい|苦手|無理|飲めない|食べられない|食べれない)")
_PHRASE = re.compile(r"[ぁ-んァ-ヶー一-龠々]+")
_HEAD = """# A draft from the data: every card is a guess from counted words. Correct it, delete what is wrong, add
# what is missing; `senpai train` takes this file as it then is. The aliases of a card are other words people ask with;
# [aliases] says what else people call a thing, as in "雀荘" = "麻雀".

"""


def draft(name: str, lines: Sequence[str]) -> Persona:
    """Return a persona of this name whose system prompt asks for the register most of the lines are in."""
    plain, total = count_plain(lines)
    is_plain = 2 * plain >= total
    return Persona(
        name=name,
        system_prompt=PLAIN_PROMPT if is_plain else POLITE_PROMPT,
        unknown=PLAIN_UNKNOWN if is_plain else POLITE_UNKNOWN,
    )


def with_cards(persona: Persona, lines: Sequence[str]) -> Persona:
    """Return the persona with the cards its lines suggest."""
    nouns = content_nouns()
    cards = (
        ("好きなもの", _judged(lines, nouns, _LIKED)[:NUM_LIKED], ("好き", "推し")),
        ("苦手なもの", _judged(lines, nouns, _DISLIKED)[:NUM_LIKED], ("嫌い", "苦手")),
        ("よく話すこと", _topics(lines, nouns)[:NUM_TOPICS], ("最近の話", "何の話")),
        ("口癖", _phrases(lines)[:NUM_PHRASES], ("口ぐせ",)),
    )
    facts = tuple(Fact(topic=topic, text="、".join(found), aliases=aliases) for topic, found, aliases in cards if found)
    return persona.model_copy(update={"facts": facts})


def to_toml(persona: Persona) -> str:
    """Return persona.toml with a head that says what to do with it."""
    return _HEAD + tomli_w.dumps(persona.model_dump(mode="json", exclude_unset=True))


def _judged(lines: Sequence[str], nouns: Callable[[str], Sequence[str]], judgement: re.Pattern[str]) -> list[str]:
    """Return the nouns that stand right before a judgement, those of most lines first."""
    ahead = (
        line[max(0, match.start() - REACH) : match.start()] for line in lines for match in judgement.finditer(line)
    )
    found = Counter(noun for words in ahead for noun in nouns(words) if words.endswith(noun))
    return [noun for noun, _ in found.most_common()]


def _topics(lines: Sequence[str], nouns: Callable[[str], Sequence[str]]) -> list[str]:
    found = Counter(noun for line in lines for noun in nouns(line))
    return [noun for noun, num in found.most_common() if num >= MIN_LINES]


def _phrases(lines: Sequence[str]) -> list[str]:
    """Return stretches with hiragana that occur in several lines and in no longer stretch as often, longest first."""
    counted = Counter(phrase for line in lines for phrase in set(_stretches(line)))
    often = {phrase: num for phrase, num in counted.items() if num >= max(MIN_LINES, len(lines) // 50)}
    whole = [one for one, num in often.items() if not any(one in other and one != other for other in often)]
    return sorted(whole, key=lambda phrase: (-often[phrase] * len(phrase), phrase))


def _stretches(line: str) -> Iterator[str]:
    for words in _PHRASE.findall(line):
        for size in range(MIN_PHRASE, min(MAX_PHRASE, len(words)) + 1):
            for start in range(len(words) - size + 1):
                if re.search(r"[ぁ-ん]", words[start : start + size]):
                    yield words[start : start + size]
