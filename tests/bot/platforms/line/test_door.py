"""What an author on LINE meets: who is answered, how often, and at what cost."""

import asyncio

import pytest
from sqlalchemy import select

from bot.message import Platform
from bot.platforms.base import DoorClosed
from bot.platforms.line.kinds import KINDS, Does
from bot.store import messages, turns
from tests.bot.platforms.line.conftest import ADMIN, House, OpenHouse, until
from tests.standins import line_events as events

SETTLED_S = 0.3
"""Long enough for an answer that must not come."""


async def test_a_direct_message_is_answered_by_its_reply_token_and_costs_no_push(house: House) -> None:
    assert await house.line.send(events.text(events.user(), "趣味は？")) == 200
    await house.line.wait_shown(1)
    assert house.line.replies == [["うん、「趣味は？」ね！"]]
    assert house.line.num_pushes == 0


async def test_the_loading_animation_is_started_once_and_only_in_direct_chats(house: House) -> None:
    words = "@先輩 趣味は？"
    await house.line.send(events.text(events.user(1), "趣味は？"))
    await house.line.send(events.text(events.group(2), words, mention=events.mention(words, "@先輩")))
    await house.line.wait_shown(2)
    await until(lambda: bool(house.line.loadings))
    assert house.line.loadings == [events.author(1)]


async def test_a_group_is_answered_only_when_it_speaks_to_the_bot(house: House) -> None:
    words = "@先輩 ラーメン好き？"
    other = "@後輩 行こう"
    await house.line.send(
        events.text(events.group(1), "今日は寒いね"),
        events.text(events.group(1), other, mention=events.mention(other, "@後輩", is_self=False)),
        events.text(events.group(1), words, mention=events.mention(words, "@先輩")),
        events.text(events.group(2), "＠ハヤテ先輩　ねえ"),
        events.text(events.group(3), "ハヤテ先輩、起きて"),
    )
    await house.line.wait_shown(3)
    await asyncio.sleep(SETTLED_S)
    assert house.worker.asked == ["ラーメン好き？", "＠ハヤテ先輩　ねえ", "ハヤテ先輩、起きて"]
    assert len(house.line.shown) == 3


async def test_a_group_sees_which_question_is_answered(house: House) -> None:
    question = events.text(events.group(1), "ハヤテ先輩、起きて")
    await house.line.send(question)
    await house.line.wait_shown(1)
    assert house.line.shown[0].messages[0]["quoteToken"] == question["message"]["quoteToken"]


async def test_quoting_one_of_its_messages_in_a_group_addresses_the_bot(house: House) -> None:
    await house.line.send(events.text(events.group(1), "ハヤテ先輩、起きて"))
    await house.line.wait_shown(1)
    async with asyncio.timeout(10):
        while not await house.outbox.is_ours(Platform.LINE, house.line.sent_ids[0]):
            pass
    await house.line.send(events.text(events.group(2), "本当？", quotedMessageId=house.line.sent_ids[0]))
    await house.line.wait_shown(2)
    assert house.worker.asked[-1] == "本当？"


async def test_a_redelivered_event_is_answered_once(house: House) -> None:
    question = events.text(events.user(), "趣味は？")
    await house.line.send(question, question)
    await house.line.send(events.redelivered(question))
    await house.line.wait_shown(1)
    assert await house.line.send(events.redelivered(question)) == 200
    await asyncio.sleep(SETTLED_S)
    assert len(house.line.shown) == 1


async def test_messages_of_one_chat_are_answered_in_the_order_they_were_written(house: House) -> None:
    house.worker.gate.clear()
    first, second, third = (events.text(events.user(), words) for words in ("一", "二", "三"))
    for place, question in enumerate((first, second, third)):
        question["timestamp"] += place
    await house.line.send(third, first, second)
    house.worker.gate.set()
    await house.line.wait_shown(3)
    assert house.worker.asked == ["一", "二", "三"]


async def test_standby_events_are_left_to_whoever_is_active(house: House) -> None:
    standby = events.text(
        events.user(),
        "趣味は？",
    ) | {"mode": "standby"}
    del standby["replyToken"]
    assert await house.line.send(standby) == 200
    await asyncio.sleep(SETTLED_S)
    assert house.worker.asked == []


async def test_an_old_body_sent_again_is_ignored(house: House) -> None:
    question = events.text(events.user(), "むかしの質問")
    question["timestamp"] -= 25 * 3600 * 1000
    assert await house.line.send(question) == 200
    await asyncio.sleep(SETTLED_S)
    assert house.worker.asked == []


async def test_an_unknown_kind_of_event_does_not_cost_the_others(house: House) -> None:
    future = events.event("hologram", {"type": "planet", "planetId": "P1"}, hologram={"depth": 3})
    sticker = events.sticker(events.user(1), "笑顔") | {"novelty": [1, 2]}
    sticker["message"]["stickerResourceType"] = "SMELL"
    question = events.text(events.user(2), "聞こえる？")
    del question["deliveryContext"]
    assert await house.line.send(future, sticker, question, check=False) == 200
    await house.line.wait_shown(2)
    assert sorted(house.worker.asked) == ["聞こえる？", "（スタンプ：うれしい）"]


async def test_an_unsent_message_is_not_answered_any_more(house: House) -> None:
    house.worker.gate.clear()
    question = events.text(events.user(), "やっぱりなし")
    await house.line.send(question)
    await until(lambda: house.worker.asked == ["やっぱりなし"])
    await house.line.send(events.unsend(events.user(), question["message"]["id"]))
    await house.line.send(events.text(events.user(), "こっち"))
    house.worker.gate.set()
    await house.line.wait_shown(1)
    await asyncio.sleep(SETTLED_S)
    assert house.line.replies == [["うん、「こっち」ね！"]]


async def test_a_message_taken_back_before_it_arrived_is_not_answered(house: House) -> None:
    question = events.text(events.user(), "やっぱりなし")
    await house.line.send(events.unsend(events.user(), question["message"]["id"]))
    await house.line.send(question, events.text(events.user(), "こっち"))
    await house.line.wait_shown(1)
    assert house.worker.asked == ["こっち"]


@pytest.mark.parametrize(("source", "kind"), [(events.user(), "unfollow"), (events.group(), "leave")])
async def test_leaving_takes_the_conversation_and_every_open_question_with_it(
    house: House, source: events.Json, kind: str
) -> None:
    await house.line.send(events.text(source, "ハヤテ先輩、覚えてて"))
    await house.line.wait_shown(1)
    house.worker.gate.clear()
    await house.line.send(events.text(source, "ハヤテ先輩、趣味は？"))
    await until(lambda: len(house.worker.asked) == 2)
    await house.line.send(events.event(kind, source))
    house.worker.gate.set()
    await asyncio.sleep(SETTLED_S)
    assert len(house.line.shown) == 1
    async with house.store.transaction() as transaction:
        assert (await transaction.execute(select(turns))).all() == []
        assert {text for (text,) in await transaction.execute(select(messages.c.text))} == {""}


async def test_a_message_is_marked_as_read_when_its_answer_is_begun_and_not_before(house: House) -> None:
    house.worker.gate.clear()
    for place, words in enumerate(("一", "二")):
        await house.line.send(events.text(events.user(), words, markAsReadToken=f"read-{place}"))
    await until(lambda: bool(house.line.read))
    await asyncio.sleep(SETTLED_S)
    assert house.line.read == ["read-0"]
    house.worker.gate.set()
    await house.line.wait_shown(2)
    await until(lambda: house.line.read == ["read-0", "read-1"])


async def test_whatever_the_bot_says_stands_under_a_name_that_says_ai(house: House) -> None:
    await house.line.send(events.text(events.user(), "趣味は？"), events.image(events.user(2)), events.join())
    await house.line.wait_shown(3)
    names = {message["sender"]["name"] for shown in house.line.shown for message in shown.messages}
    assert names == {"senpai（AI）"}


async def test_a_sticker_is_understood_and_now_and_then_answered_with_one(house: House) -> None:
    for number in range(1, 7):
        await house.line.send(events.sticker(events.user(number), "cony", "wave", "Hello"))
    await house.line.wait_shown(6)
    assert set(house.worker.asked) == {"（スタンプ：こんにちは）"}
    kinds = [tuple(message["type"] for message in shown.messages) for shown in house.line.shown]
    assert set(kinds) == {("text",), ("text", "sticker")}


async def test_a_picture_in_a_direct_chat_gets_a_sentence_and_in_a_group_silence(house: House) -> None:
    await house.line.send(events.image(events.group(1)), events.image(events.user(1)))
    await house.line.wait_shown(1)
    await asyncio.sleep(SETTLED_S)
    assert house.line.replies == [["ごめんなさい、文字とスタンプしか分かりません。"]]


async def test_new_friends_and_groups_are_told_that_this_is_an_ai(house: House) -> None:
    await house.line.send(events.follow(events.user()), events.join())
    await house.line.wait_shown(2)
    assert all("AI" in text for texts in house.line.replies for text in texts)


async def test_verifying_the_webhook_in_the_console_succeeds(house: House) -> None:
    assert await house.line.send() == 200


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("/model list", "second"),
        ("/model status", "first"),
        ("/model use second", "second"),
        ("/model rollback", "first"),
        ("/help", "/model"),
        ("/whoami", ADMIN),
        ("/reset", "忘れました"),
    ],
)
async def test_an_administrator_commands_in_a_direct_chat(house: House, words: str, expected: str) -> None:
    await house.line.send(events.text(events.user(99), words))
    await house.line.wait_shown(1)
    assert expected in house.line.replies[0][0]


async def test_nobody_is_an_administrator_in_a_group_and_others_never_are(house: House) -> None:
    words = "@先輩 /model use second"
    await house.line.send(events.text(events.user(1), "/model use second"))
    await house.line.send(events.text(events.group(99), words, mention=events.mention(words, "@先輩")))
    await house.line.wait_shown(2)
    assert house.line.replies == [["このコマンドは管理者だけが使えます。"]] * 2
    assert house.worker.current == "first"


@pytest.mark.parametrize("kind", sorted(name for name, does in KINDS.items() if does is Does.NOTHING))
async def test_an_event_that_needs_nothing_gets_nothing_but_its_token_may_carry_an_answer(
    house: House, kind: str
) -> None:
    house.line.reply_ttl_s = -1
    await house.line.send(events.text(events.user(), "趣味は？"))
    await until(lambda: house.line.called.count("message/reply") == 1)
    house.line.reply_ttl_s = 60
    await house.line.send(events.event(kind, events.user(), replyToken="fresh"), check=False)
    await house.line.wait_shown(1)
    assert house.line.replies == [["うん、「趣味は？」ね！"]]


async def test_a_wrong_access_token_closes_the_door_with_one_sentence(open_house: OpenHouse) -> None:
    with pytest.raises(DoorClosed, match="check LINE_CHANNEL_ACCESS_TOKEN"):
        await _open(open_house, line_channel_access_token="wrong")


async def test_a_missing_token_closes_the_door_with_one_sentence(open_house: OpenHouse) -> None:
    with pytest.raises(DoorClosed, match="LINE_CHANNEL_SECRET"):
        await _open(open_house, line_channel_secret=(), line_channel_access_token=None)


async def test_a_port_in_use_closes_the_door_with_one_sentence(house: House, open_house: OpenHouse) -> None:
    with pytest.raises(DoorClosed, match="is already in use: stop the other process or set LINE_PORT"):
        await _open(open_house, line_port=house.door.port)


async def _open(open_house: OpenHouse, **settings: object) -> None:
    async with open_house(**settings):
        pytest.fail("the door opened")
