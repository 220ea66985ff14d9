"""Finds what a persona can say to a question: its fact cards, what it said about the same thing, or that it is unknown.

Knows words and topics. Training and serving recall alike. Does not know where a persona comes from, nor how the facts
are shown (``Persona.system_text``). An utterance becomes a card whose topic is the word it shares with the question,
the form in which every base is shown facts. Without such a word it is not recalled, however many particles it shares.
"""

import re
from collections.abc import Collection

from model.facts import Facts, folded
from model.persona import Fact, Persona
from model.personal import asked_for

MAX_FACTS = 3
"""More cards than this push the question out of a small model's sight."""

NUM_LOOKED_AT = 12
MIN_CHARS, MAX_CHARS = 6, 60
"""Shorter utterances tell nothing, longer ones crowd out the others."""

_RUN = re.compile(r"[㐀-鿿々]+|[ァ-ヴー]{2,}|[a-z0-9]{2,}")
_EVERYDAY = frozenset(
    [
        *"何誰今私俺僕君人方時日話教言思行見食飲聞知好嫌答例中上下前後気事物所出入来帰休寝起使作持書読買待会分",
        *re.findall(
            "..", "大好一番今日昨日明日最近苦手得意今度最高元気先輩本当全部自分普段名前趣味感想理由意味日本指示"
        ),
    ]
)
"""Words that say nothing about what a question is about."""

_LIKING = re.compile(r"好き|嫌い|苦手|得意")


def recall(
    persona: Persona, facts: Facts, question: str, passed_over: Collection[str] = (), *, around: str = ""
) -> tuple[Fact, ...]:
    """Return at most three cards for a question, the persona's own first; ``passed_over`` utterances never come back.

    A question about the persona itself for which nothing is known gets one card that says so. What others said
    ``around`` the question may bring cards to mind and asks for none. Raises FactsError.
    """
    personal = asked_for(question, _names(persona))
    asked = folded(around + question) + (f"\n{personal}" if personal else "")
    asked += "".join(f"\n{folded(own)}" for word, own in persona.aliases.items() if folded(word) in asked)
    cards = _cards(persona, asked)
    if cards and personal:
        return cards
    told = _examples(persona, facts, personal or asked)
    if personal and not told and not cards:
        return (Fact(topic=personal, text=persona.unknown),)
    stale = {folded(text) for text in passed_over}
    fresh = [fact for fact in told if folded(fact.text) not in stale]
    return (*cards, *fresh[: min(persona.max_examples, MAX_FACTS - len(cards))])


def asked_cards(persona: Persona, question: str, recalled: Collection[Fact]) -> tuple[Fact, ...]:
    """Return the cards a question about the persona itself asks for, none for any other question.

    None of a persona for which nobody has written cards: it would know nothing of itself at all.
    """
    if not persona.facts:
        return ()
    topics = [word for fact in persona.facts for word in (fact.topic, *fact.aliases)]
    is_asked = asked_for(question, _names(persona), topics) is not None
    return without_utterances(persona, recalled) if is_asked else ()


def without_utterances(persona: Persona, recalled: Collection[Fact]) -> tuple[Fact, ...]:
    """Return what of ``recalled`` is no utterance of the persona: its cards, and the one that says it is unknown."""
    return tuple(fact for fact in recalled if fact in persona.facts or fact.text == persona.unknown)


def _names(persona: Persona) -> tuple[str, ...]:
    return (persona.name, *persona.call_names)


def _cards(persona: Persona, asked: str) -> tuple[Fact, ...]:
    """Return the cards whose topic or alias occurs in the question, those with the longest match first."""
    found = [(length, fact) for fact in persona.facts if (length := _longest_match(fact, asked))]
    found.sort(key=lambda pair: -pair[0])
    return tuple(fact for _, fact in found[:MAX_FACTS])


def _longest_match(fact: Fact, asked: str) -> int:
    words = (folded(word) for word in (fact.topic, *fact.aliases))
    return max((len(word) for word in words if word and word in asked), default=0)


def _examples(persona: Persona, facts: Facts, asked: str) -> list[Fact]:
    names = folded("".join(_names(persona)))
    topics = [topic for topic in topics_of(asked) if topic not in names]
    liking = _LIKING.match(asked)
    if not topics or not persona.max_examples:
        return []
    found = []
    for text in facts.search("\n".join(topics), NUM_LOOKED_AT):
        own = folded(text)
        shared = [topic for topic in topics if is_about(own, topic) and (not liking or liking[0] in own)]
        if shared and MIN_CHARS <= len(text) <= MAX_CHARS and "〔" not in text:
            found.append(Fact(topic=max(shared, key=len), text=text))
    return found


def is_about(own: str, topic: str) -> bool:
    """Return whether the word occurs; one kanji only where it stands alone, for 月 is not in 月曜."""
    return topic in own if len(topic) > 1 else topic in _RUN.findall(own)


def topics_of(asked: str) -> list[str]:
    """Return the words of a question that it can be about: runs of kanji, katakana or letters."""
    runs = dict.fromkeys(map(_without_verb, _RUN.findall(folded(asked))))
    return [run for run in runs if run not in _EVERYDAY]


def _without_verb(run: str) -> str:
    """Return 麻雀 for the 麻雀好 of 麻雀好き."""
    return run[:-1] if len(run) > 2 and run[-1] in _EVERYDAY else run
