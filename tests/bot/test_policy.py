"""When the bot speaks at all."""

import pytest

from bot.policy import Policy
from tests.bot.messages import message

GROUP = {"is_direct": False}


def test_a_direct_message_is_for_the_bot() -> None:
    assert Policy().is_for_us(message("元気？"))


def test_what_is_addressed_to_the_bot_is_for_it() -> None:
    assert Policy().is_for_us(message("元気？", **GROUP, is_addressed=True))


def test_other_peoples_talk_is_not() -> None:
    assert not Policy().is_for_us(message("元気？", **GROUP))
    assert not Policy(("花子",)).is_for_us(message("昨日、花子に会った", **GROUP))


@pytest.mark.parametrize(
    "text", ["花子、元気？", "@花子 元気？", "＠花子　元気？", "Hanako, are you there?", "ＨＡＮＡＫＯ いる？"]
)
def test_being_called_by_name_at_the_beginning_is_for_the_bot(text: str) -> None:
    assert Policy(("花子", "hanako")).is_for_us(message(text, **GROUP))


def test_the_persona_who_answers_now_is_called_by_its_own_names() -> None:
    names = ["花子"]
    policy = Policy(("先輩",), lambda: tuple(names))
    assert policy.is_for_us(message("花子、元気？", **GROUP))
    names[:] = ["太郎"]
    assert not policy.is_for_us(message("花子、元気？", **GROUP))
    assert policy.is_for_us(message("太郎、元気？", **GROUP))
    assert policy.is_for_us(message("先輩、元気？", **GROUP))


def test_a_message_without_words_is_for_the_bot_only_when_it_is_addressed() -> None:
    assert Policy().is_for_us(message("", **GROUP, is_addressed=True))
    assert not Policy(("花子",)).is_for_us(message("", **GROUP))
