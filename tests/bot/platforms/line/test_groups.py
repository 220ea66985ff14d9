"""In a group the bot reads along only after it has said so, and what is taken back or changed is so everywhere."""

import asyncio

import pytest
from sqlalchemy import select

from bot.message import Platform
from bot.talk import talk
from tests.bot.platforms.line.conftest import House, until
from tests.standins import line_events as events
from tests.standins.line import Fault

SETTLED_S = 0.3
ASKED = "ハヤテ先輩、おすすめは？"


async def join(house: House) -> None:
    await house.line.send(events.join())
    await house.line.wait_shown(1)
    async with asyncio.timeout(10):
        while not await lines(house):
            await house.line.send(events.text(events.group(9), "……"))
    await house.line.send(events.event("leave", events.group()), events.join())
    await house.line.wait_shown(2)
    await asyncio.sleep(SETTLED_S)


async def lines(house: House) -> list[str]:
    async with house.store.transaction() as transaction:
        query = select(talk.c.text).order_by(talk.c.said_at, talk.c.id)
        return list((await transaction.execute(query)).scalars())


async def ask(house: House, words: str = ASKED) -> str:
    """Ask in the group and return what the worker was asked."""
    num_asked = len(house.worker.asked)
    await house.line.send(events.text(events.group(1), words))
    await until(lambda: len(house.worker.asked) > num_asked)
    return house.worker.asked[-1]


async def test_without_the_notice_a_groups_talk_is_neither_kept_nor_used(house: House) -> None:
    await house.line.send(events.text(events.group(2), "鍋食べたい"))
    assert await ask(house) == ASKED
    assert await lines(house) == []


async def test_a_notice_that_could_not_be_shown_is_no_notice(house: House) -> None:
    house.line.faults["message/reply"].extend([Fault.REFUSED] * 3)
    house.line.reply_ttl_s = -1
    await house.line.send(events.join())
    await until(lambda: house.line.called.count("message/reply") == 3)
    house.line.reply_ttl_s = 60
    await house.line.send(events.text(events.group(2), "鍋食べたい"))
    assert await lines(house) == []


async def test_after_the_notice_the_last_lines_stand_before_a_question(house: House) -> None:
    await join(house)
    assert "読みます" in house.line.replies[0][0]
    for number, words in ((2, "今日は寒いね"), (3, "鍋食べたい"), (2, "いいね")):
        await house.line.send(events.text(events.group(number), words))
    talk = "（グループのさっきの会話）\nＡ：今日は寒いね\nＢ：鍋食べたい\nＡ：いいね\n（ここまで）"
    assert await ask(house) == f"{talk}\n{ASKED}"
    await house.line.wait_shown(3)
    assert house.worker.asked == [f"{talk}\n{ASKED}"]


async def test_only_a_few_lines_are_kept(house: House) -> None:
    await join(house)
    for number in range(25):
        await house.line.send(events.text(events.group(2), f"{number}番"))
    assert await lines(house) == [f"{number}番" for number in range(5, 25)]
    assert "Ａ：18番" not in await ask(house)


async def test_a_line_taken_back_is_gone(house: House) -> None:
    await join(house)
    line = events.text(events.group(2), "内緒の話")
    await house.line.send(line)
    await house.line.send(events.unsend(events.group(2), line["message"]["id"]))
    assert await lines(house) == []
    assert await ask(house) == ASKED


async def test_a_line_redelivered_is_kept_once(house: House) -> None:
    await join(house)
    line = events.text(events.group(2), "鍋食べたい")
    await house.line.send(line, line)
    await house.line.send(events.redelivered(line))
    assert await lines(house) == ["鍋食べたい"]


async def test_sent_away_the_bot_forgets_the_talk_and_the_notice(house: House) -> None:
    await join(house)
    await house.line.send(events.text(events.group(2), "鍋食べたい"))
    await house.line.send(events.event("leave", events.group()))
    await house.line.send(events.text(events.group(2), "いなくなった？"))
    assert await lines(house) == []


async def test_of_several_changes_the_one_with_the_largest_timestamp_wins(house: House) -> None:
    await join(house)
    line = events.text(events.group(2), "一")
    await house.line.send(line)
    for words, later_ms in (("三", 3000), ("二", 2000)):
        await house.line.send(events.edited(line, words, later_ms))
    assert await lines(house) == ["三"]


async def test_a_question_changed_while_it_is_answered_is_answered_as_it_reads_now(house: House) -> None:
    house.worker.gate.clear()
    question = events.text(events.group(1), "ハヤテ先輩、犬は好き？")
    await house.line.send(question)
    await until(lambda: bool(house.worker.asked))
    await house.line.send(events.edited(question, "ハヤテ先輩、猫は好き？", 2000))
    await house.line.send(events.edited(question, "ハヤテ先輩、鳥は好き？", 1000))
    house.worker.gate.set()
    await house.line.wait_shown(1)
    await asyncio.sleep(SETTLED_S)
    assert house.line.replies == [["うん、「ハヤテ先輩、猫は好き？」ね！"]]


async def test_a_question_changed_after_its_answer_is_remembered_so_and_not_answered_again(house: House) -> None:
    question = events.text(events.group(1), "ハヤテ先輩、犬は好き？")
    await house.line.send(question)
    await house.line.wait_shown(1)
    await house.line.send(events.edited(question, "ハヤテ先輩、猫は好き？"))
    await house.line.send(
        events.text(events.group(1), "ハヤテ先輩、なんで？", quotedMessageId=question["message"]["id"])
    )
    await house.line.wait_shown(2)
    assert house.worker.asked[1:] == ["（引用：ハヤテ先輩、猫は好き？）\nハヤテ先輩、なんで？"]


async def test_a_line_changed_so_that_it_calls_the_bot_is_answered(house: House) -> None:
    await join(house)
    line = events.text(events.group(2), "犬は好き？")
    await house.line.send(line)
    await house.line.send(events.edited(line, "ハヤテ先輩、犬は好き？"))
    await house.line.wait_shown(3)
    assert house.worker.asked == ["ハヤテ先輩、犬は好き？"]
    assert await lines(house) == []


@pytest.mark.parametrize("who", ["ハヤテ先輩、", "＠ハヤテ先輩　", "@ハヤテ先輩 "])
async def test_the_bot_answers_to_its_name_with_either_kind_of_at_sign(house: House, who: str) -> None:
    assert await ask(house, f"{who}元気？") == f"{who}元気？"


async def test_what_a_question_quotes_stands_before_it(house: House) -> None:
    await join(house)
    line = events.text(events.group(2), "雪山に行く")
    await house.line.send(line)
    await house.line.send(events.unsend(events.group(2), "another"))
    assert await house.inbox.next_waiting(f"{Platform.LINE}:{events.GROUP}") is None
    question = events.text(events.group(1), "ハヤテ先輩、これどう？", quotedMessageId=line["message"]["id"])
    await house.line.send(question)
    await until(lambda: bool(house.worker.asked))
    assert house.worker.asked[0].endswith("（引用：雪山に行く）\nハヤテ先輩、これどう？")
