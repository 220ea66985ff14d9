"""An answer arrives once, whatever happens on the way, and costs a push only where the operator allows one."""

import asyncio
from uuid import uuid4

import pytest

from bot.completions import QueueFull, WorkerError, WorkerLoading, WorkerUnreachable
from bot.message import Platform
from bot.platforms.base import Delivery, DeliveryFailed
from bot.platforms.line.courier import FETCH_ANSWER, PLACE_S, Patience
from bot.platforms.line.sending import CALL_TIMEOUT_S
from tests.bot.messages import message
from tests.bot.platforms.line.conftest import House, OpenHouse, until
from tests.standins import line_events as events
from tests.standins.line import Fault, Shown
from tests.standins.line_spec import units

REPLY, PUSH = "message/reply", "message/push"
SETTLED_S = 0.3
ANSWER = "うん、「趣味は？」ね！"
HURRIED = Patience(notice_after_s=0.4, pauses_s=(0.05, 0.1))
RESTING = Patience(pauses_s=(3600,))  # nothing is under way when the bot stops, which would leave doubt
UNHURRIED = Patience(notice_after_s=2.0, pauses_s=(0.05, 0.1))
LATE = "もう少し考えます。できたころに「回答を見る」を押すか、何か話しかけてください。"


async def ask(house: House, words: str = "趣味は？", number: int = 1) -> None:
    assert await house.line.send(events.text(events.user(number), words)) == 200


@pytest.mark.parametrize("fault", [Fault.REFUSED, Fault.RESET, Fault.LOST, Fault.RATE_LIMITED])
async def test_a_reply_that_went_wrong_is_repeated_with_the_same_token_and_shown_once(
    house: House, fault: Fault
) -> None:
    house.line.faults[REPLY].extend([fault, fault])
    await ask(house)
    await house.line.wait_shown(1)
    await asyncio.sleep(SETTLED_S)
    assert house.line.replies == [[ANSWER]]
    assert house.line.num_pushes == 0


async def test_long_trouble_is_outlived(house: House) -> None:
    house.line.faults[REPLY].extend([Fault.REFUSED] * 7)
    await ask(house)
    await house.line.wait_shown(1)
    assert house.line.replies == [[ANSWER]]


async def test_after_a_lost_answer_an_invalid_token_means_arrived_and_nothing_is_pushed(open_house: OpenHouse) -> None:
    async with open_house(line_push_budget=10) as house:
        house.line.faults[REPLY].append(Fault.LOST)
        await ask(house)
        await ask(house, "次")
        await house.line.wait_shown(2)
        await asyncio.sleep(SETTLED_S)
        assert house.line.replies == [[ANSWER], ["うん、「次」ね！"]]
        assert house.line.num_pushes == 0


def test_the_button_is_shown_before_the_fiftieth_second() -> None:
    patience = Patience()
    assert patience.notice_after_s + PLACE_S + CALL_TIMEOUT_S < 60
    assert patience.notice_after_s + PLACE_S < 50


@pytest.mark.parametrize(
    ("problem", "told"),
    [
        (WorkerUnreachable("gone"), "頭が働いていません"),
        (QueueFull("full", 60), "手が回りません"),
        (WorkerLoading("swapping", 60), "準備しているところです"),
    ],
)
async def test_without_a_worker_the_author_is_told_at_once_by_the_reply_token(
    house: House, problem: WorkerError, told: str
) -> None:
    house.worker.problem = problem
    await ask(house)
    await house.line.wait_shown(1, timeout_s=5)
    assert told in house.line.replies[0][0]
    assert house.line.num_pushes == 0


async def test_a_swap_while_an_answer_is_written_neither_loses_nor_mixes_it(house: House) -> None:
    house.worker.gate.clear()
    await ask(house)
    await until(lambda: bool(house.worker.asked))
    await ask(house, "/model use second", number=99)
    await house.line.wait_shown(1)
    house.worker.gate.set()
    await house.line.wait_shown(2)
    assert [texts for texts in house.line.replies if "second" not in texts[0]] == [[ANSWER]]


async def test_a_late_answer_waits_behind_a_button_and_comes_with_the_buttons_own_token(open_house: OpenHouse) -> None:
    async with open_house(patience=HURRIED, is_held=True) as house:
        await ask(house)
        await house.line.wait_shown(1)
        house.worker.gate.set()
        await asyncio.sleep(SETTLED_S)
        assert house.line.replies == [[LATE]]
        assert button_of(house.line.shown[0]) == ("回答を見る", FETCH_ANSWER)
        await press_until_answered(house, 1)
        assert answers(house) == [[ANSWER]]
        assert house.line.num_pushes == 0


async def test_the_notice_with_the_button_tells_the_place_in_line_and_nothing_else_is_sent(
    open_house: OpenHouse,
) -> None:
    async with open_house(patience=UNHURRIED, is_held=True) as house:
        house.worker.queue = 3
        await ask(house)
        await house.line.wait_shown(1)
        ((notice,),) = house.line.replies
        assert notice == f"いま4番目、あと40秒くらいです。\n{LATE}"
        house.worker.gate.set()
        await press_until_answered(house, 1)
        assert answers(house) == [[ANSWER]]
        assert house.line.num_pushes == 0


async def test_whoever_waits_behind_another_message_is_told_the_place_in_the_notice(open_house: OpenHouse) -> None:
    async with open_house(patience=UNHURRIED, is_held=True) as house:
        await ask(house, "ひとつめ")
        await until(lambda: bool(house.worker.asked))
        await ask(house, "ふたつめ")
        await house.line.wait_shown(2)
        assert sorted(house.line.replies) == [[f"いま2番目、あと10秒くらいです。\n{LATE}"], [LATE]]
        house.worker.gate.set()
        await press_until_answered(house, 2)
        assert house.line.num_pushes == 0


async def test_pressing_the_button_too_early_shows_the_button_again(open_house: OpenHouse) -> None:
    async with open_house(patience=HURRIED, is_held=True) as house:
        await ask(house)
        await house.line.wait_shown(1)
        await house.line.send(events.postback(events.user(), FETCH_ANSWER))
        await house.line.wait_shown(2)
        assert house.line.replies == [[LATE], [LATE]]
        house.worker.gate.set()
        await press_until_answered(house, 1)
        assert answers(house) == [[ANSWER]]


async def test_speaking_again_brings_the_late_answer_and_a_button_for_the_new_one(open_house: OpenHouse) -> None:
    async with open_house(patience=HURRIED, is_held=True) as house:
        await ask(house)
        await house.line.wait_shown(1)
        house.worker.gate.set()
        await until(lambda: house.worker.asked == ["趣味は？"])
        await ask(house, "もしもし")
        await until(lambda: answers(house) == [[ANSWER]])
        assert button_of(house.line.shown[-1]) == ("回答を見る", FETCH_ANSWER)
        await press_until_answered(house, 2)
        assert answers(house) == [[ANSWER], ["うん、「もしもし」ね！"]]


async def test_small_talk_in_a_group_carries_a_late_answer(open_house: OpenHouse) -> None:
    async with open_house(patience=HURRIED, is_held=True) as house:
        await house.line.send(events.text(events.group(1), "ハヤテ先輩、趣味は？"))
        await house.line.wait_shown(1)
        house.worker.gate.set()
        await asyncio.sleep(SETTLED_S)
        await house.line.send(events.text(events.group(2), "寒いね"))
        await until(lambda: answers(house) == [["うん、「ハヤテ先輩、趣味は？」ね！"]])
        assert house.worker.asked == ["ハヤテ先輩、趣味は？"]


async def test_a_button_with_nothing_behind_it_says_so(house: House) -> None:
    await house.line.send(events.postback(events.user(), FETCH_ANSWER))
    await house.line.wait_shown(1)
    assert house.line.replies == [["待っている回答はありません。もう一度話しかけてください。"]]


async def test_an_expired_token_costs_no_push_while_the_budget_is_zero(house: House) -> None:
    house.line.reply_ttl_s = -1
    await ask(house)
    await asyncio.sleep(SETTLED_S)
    assert house.line.shown == []
    house.line.reply_ttl_s = 60
    await ask(house, "まだ？")
    await house.line.wait_shown(1)
    assert house.line.replies == [[ANSWER]]
    assert PUSH not in house.line.called


async def test_within_the_budget_an_answer_without_a_token_is_pushed_and_counted(open_house: OpenHouse) -> None:
    async with open_house(line_push_budget=1) as house:
        house.line.reply_ttl_s = -1
        await ask(house)
        await house.line.wait_shown(1)
        await ask(house, "次", number=2)
        await asyncio.sleep(SETTLED_S)
        assert [(shown.how, shown.texts) for shown in house.line.shown] == [("push", [ANSWER])]


async def test_the_budget_outlives_a_restart(open_house: OpenHouse) -> None:
    for number in (1, 2):
        async with open_house(line_push_budget=1) as house:
            house.line.reply_ttl_s = -1
            await ask(house, number=number)
            await house.line.wait_shown(1)
            await asyncio.sleep(SETTLED_S)
    assert house.line.num_pushes == 1


@pytest.mark.parametrize("fault", [Fault.REFUSED, Fault.RESET, Fault.LOST, Fault.RATE_LIMITED])
async def test_a_push_that_went_wrong_is_repeated_under_its_key_and_shown_once(
    open_house: OpenHouse, fault: Fault
) -> None:
    async with open_house(line_push_budget=5) as house:
        house.line.reply_ttl_s = -1
        house.line.faults[PUSH].extend([fault, fault])
        await ask(house)
        await house.line.wait_shown(1)
        await asyncio.sleep(SETTLED_S)
        assert [shown.texts for shown in house.line.shown] == [[ANSWER]]


async def test_no_push_is_tried_when_lines_own_quota_is_used_up(open_house: OpenHouse) -> None:
    async with open_house(line_push_budget=5) as house:
        house.line.push_quota = 0
        house.line.reply_ttl_s = -1
        await ask(house)
        await asyncio.sleep(SETTLED_S)
        assert PUSH not in house.line.called
        house.line.reply_ttl_s = 60
        await ask(house, "まだ？")
        await house.line.wait_shown(1)
        assert house.line.replies == [[ANSWER]]


async def test_once_line_says_that_the_month_is_used_up_nothing_is_pushed_and_nothing_is_lost(
    open_house: OpenHouse,
) -> None:
    async with open_house(line_push_budget=5) as house:
        house.line.reply_ttl_s = -1
        house.line.faults[PUSH].append(Fault.MONTH_USED_UP)
        await ask(house)
        await until(lambda: PUSH in house.line.called)
        await ask(house, "ほかの人", number=2)
        await asyncio.sleep(SETTLED_S)
        assert house.line.called.count(PUSH) == 1
        house.line.reply_ttl_s = 60
        await ask(house, "まだ？")
        await house.line.wait_shown(1)
        assert house.line.replies == [[ANSWER]]


async def test_a_quota_that_cannot_be_read_counts_as_used_up(open_house: OpenHouse) -> None:
    async with open_house(line_push_budget=5) as house:
        house.line.reply_ttl_s = -1
        house.line.faults["message/quota"].extend([Fault.REFUSED] * 50)
        await ask(house)
        await asyncio.sleep(SETTLED_S)
        assert PUSH not in house.line.called


async def test_an_author_who_blocked_the_bot_costs_one_push_at_most_and_holds_nobody_up(open_house: OpenHouse) -> None:
    async with open_house(line_push_budget=5) as house:
        house.line.reply_ttl_s = -1
        house.line.blocked.add(events.author(1))
        await ask(house)
        await ask(house, number=2)
        await house.line.wait_shown(1)
        await asyncio.sleep(SETTLED_S)
        assert [shown.chat_id for shown in house.line.shown] == [events.author(2)]
        assert house.line.called.count(PUSH) == 2


async def test_an_answer_with_fields_nobody_knew_is_an_answer(house: House) -> None:
    house.line.faults[REPLY].append(Fault.GARBLED)
    await ask(house)
    await house.line.wait_shown(1)
    await asyncio.sleep(SETTLED_S)
    assert house.line.called.count(REPLY) == 1


async def test_what_was_accepted_before_a_crash_is_answered_after_it(open_house: OpenHouse) -> None:
    async with open_house(is_held=True) as house:
        await ask(house)
    async with open_house() as house:
        await house.line.wait_shown(1)
        assert house.line.replies == [[ANSWER]]
        assert house.line.num_pushes == 0


async def test_after_a_crash_a_late_answer_still_gets_its_button(open_house: OpenHouse) -> None:
    async with open_house(is_held=True) as house:
        await ask(house)
    async with open_house(patience=HURRIED, is_held=True) as house:
        await house.line.wait_shown(1)
        assert house.line.replies == [[LATE]]
        house.worker.gate.set()
        await press_until_answered(house, 1)
        assert answers(house) == [[ANSWER]]


async def test_an_answer_that_waits_behind_its_button_survives_a_restart(open_house: OpenHouse) -> None:
    async with open_house(patience=HURRIED, is_held=True) as house:
        await ask(house)
        await house.line.wait_shown(1)
        house.worker.gate.set()
        await asyncio.sleep(3 * SETTLED_S)
        assert house.line.replies == [[LATE]]
    async with open_house(patience=HURRIED) as house:
        await press_until_answered(house, 1)
        assert answers(house) == [[ANSWER]]
        assert house.worker.asked == []


async def test_the_button_pressed_right_after_a_restart_brings_the_answer(open_house: OpenHouse) -> None:
    async with open_house(patience=HURRIED, is_held=True) as house:
        await ask(house)
        await house.line.wait_shown(1)
    async with open_house() as house:
        await house.line.send(events.postback(events.user(), FETCH_ANSWER))
        await until(lambda: answers(house) == [[ANSWER]])
        assert house.line.replies == [[LATE], [ANSWER]]


async def test_a_token_spent_on_the_button_in_an_earlier_life_is_not_taken_for_it(
    open_house: OpenHouse,
) -> None:
    async with open_house(patience=HURRIED, is_held=True) as house:
        await ask(house)
        await house.line.wait_shown(1)
        house.line.faults[REPLY].append(Fault.REFUSED)
    async with open_house() as house:
        await asyncio.sleep(SETTLED_S)
        await press_until_answered(house, 1)
        assert house.line.replies == [[LATE], [ANSWER]]


async def test_a_token_spent_on_another_answer_in_an_earlier_life_is_not_taken_for_this_one(
    open_house: OpenHouse,
) -> None:
    async with open_house() as house:
        house.line.reply_ttl_s = -1
        await ask(house)
        await until(lambda: house.line.called.count(REPLY) == 1)
        house.line.reply_ttl_s = 60
        house.worker.gate.clear()
        await ask(house, "次")
        await house.line.wait_shown(1)
        await asyncio.sleep(SETTLED_S)
        assert house.line.replies == [[ANSWER]]
        house.line.faults[REPLY].append(Fault.REFUSED)
    async with open_house() as house:
        await asyncio.sleep(SETTLED_S)
        await press_until_answered(house, 2)
        assert answers(house) == [[ANSWER], ["うん、「次」ね！"]]


async def test_what_line_surely_did_not_take_before_a_restart_is_still_delivered_after_it(
    open_house: OpenHouse,
) -> None:
    async with open_house(patience=RESTING) as house:
        house.line.faults[REPLY].append(Fault.RATE_LIMITED)
        await ask(house)
        await until(lambda: house.line.called.count(REPLY) == 1)
        await asyncio.sleep(SETTLED_S)
    house.line.faults[REPLY].clear()
    house.line.reply_ttl_s = -1
    num_calls = house.line.called.count(REPLY)
    async with open_house() as house:
        await until(lambda: house.line.called.count(REPLY) > num_calls)
        await asyncio.sleep(SETTLED_S)
        house.line.reply_ttl_s = 60
        await press_until_answered(house, 1)
        assert answers(house) == [[ANSWER]]


async def test_waiting_for_the_door_to_open_does_not_count_as_an_attempt(open_house: OpenHouse) -> None:
    async with open_house() as house:
        pass
    asked = message("趣味は？", platform=Platform.LINE)
    delivery = Delivery(key=uuid4(), message=asked, pieces=("答え",), is_first=True, num_attempts=0)
    with pytest.raises(DeliveryFailed) as failure:
        await house.door.deliver(delivery)
    assert not failure.value.may_have_arrived


async def test_an_answer_shown_but_not_confirmed_before_a_crash_is_not_doubled(open_house: OpenHouse) -> None:
    async with open_house(line_push_budget=5) as house:
        house.line.faults[REPLY].append(Fault.SLOW)
        await ask(house)
        await house.line.wait_shown(1)
    async with open_house(line_push_budget=5) as house:
        await ask(house, "次")
        await house.line.wait_shown(2)
        assert house.line.replies == [[ANSWER], ["うん、「次」ね！"]]
        assert house.line.num_pushes == 0


async def test_a_reply_in_progress_when_the_bot_is_stopped_is_finished_and_leaves_no_doubt(
    open_house: OpenHouse,
) -> None:
    async with open_house(last_call_s=10) as house:
        house.line.faults[REPLY].append(Fault.LATE)
        await ask(house)
        await until(lambda: REPLY in house.line.called)
    assert house.line.replies == [[ANSWER]]
    async with open_house() as again:
        await asyncio.sleep(SETTLED_S)
        assert again.line.called.count(REPLY) == 1


@pytest.mark.parametrize("is_shown", [True, False])
async def test_a_later_token_tried_before_a_crash_is_tried_again_after_it(
    open_house: OpenHouse, is_shown: bool
) -> None:
    async with open_house(line_push_budget=0) as house:
        house.line.reply_ttl_s = -1
        await ask(house)
        await until(lambda: house.line.called.count(REPLY) == 1)
        house.line.reply_ttl_s = 60
        house.line.faults[REPLY].append(Fault.SLOW if is_shown else Fault.STUCK)
        await house.line.send(events.image(events.user()))
        await until(lambda: house.line.called.count(REPLY) == 2)
        await asyncio.sleep(SETTLED_S)
    async with open_house() as house:
        await house.line.wait_shown(1)
        await until(lambda: house.line.called.count(REPLY) == 3)
        await ask(house, "次")
        await house.line.wait_shown(2)
        assert house.line.replies == [[ANSWER], ["うん、「次」ね！"]]


@pytest.mark.parametrize("is_shown", [True, False])
async def test_a_push_begun_before_a_crash_is_finished_under_its_key(open_house: OpenHouse, is_shown: bool) -> None:
    async with open_house(line_push_budget=5) as house:
        house.line.reply_ttl_s = -1
        house.line.faults[PUSH].append(Fault.SLOW if is_shown else Fault.STUCK)
        await ask(house)
        await until(lambda: PUSH in house.line.called)
        await asyncio.sleep(SETTLED_S)
    async with open_house(line_push_budget=5) as house:
        await until(lambda: house.line.called.count(PUSH) == 2)
        await house.line.wait_shown(1)
        await asyncio.sleep(SETTLED_S)
        assert [(shown.how, shown.texts) for shown in house.line.shown] == [("push", [ANSWER])]


async def test_a_message_taken_back_while_its_answer_waits_for_a_token_is_never_answered(house: House) -> None:
    house.line.reply_ttl_s = -1
    question = events.text(events.user(), "趣味は？")
    await house.line.send(question)
    await asyncio.sleep(SETTLED_S)
    await house.line.send(events.unsend(events.user(), question["message"]["id"]))
    house.line.reply_ttl_s = 60
    await ask(house, "次")
    await house.line.wait_shown(1)
    assert house.line.replies == [["うん、「次」ね！"]]


async def test_a_missing_loading_animation_does_not_hold_the_answer_up(house: House) -> None:
    house.line.faults["chat/loading/start"].append(Fault.SLOW)
    await ask(house)
    await house.line.wait_shown(1, timeout_s=2)
    assert house.line.replies == [[ANSWER]]


async def test_a_long_answer_comes_in_at_most_five_pieces_that_fit(house: House) -> None:
    house.worker.answer = "".join(f"{number}話めは😀の話。" for number in range(4000))
    await ask(house)
    await house.line.wait_shown(1)
    (texts,) = house.line.replies
    assert len(texts) == 5
    assert max(units(text) for text in texts) <= 5000
    assert texts[-1].endswith("（長くなったので、ここまで）")


def answers(house: House) -> list[list[str]]:
    """Return the replies without the notices that one is late; how many those are is a matter of time."""
    return [texts for texts in house.line.replies if not texts[-1].endswith(LATE)]


async def press_until_answered(house: House, count: int) -> None:
    """Press the button as a patient author does: again when the answer is not ready yet."""
    async with asyncio.timeout(20):
        while len(answers(house)) < count:
            num_shown = len(house.line.shown)
            await house.line.send(events.postback(events.user(), FETCH_ANSWER))
            await house.line.wait_shown(num_shown + 1)


def button_of(shown: Shown) -> tuple[str, str]:
    """Return label and data of the one button under a call's last message."""
    (item,) = shown.messages[-1]["quickReply"]["items"]
    return item["action"]["label"], item["action"]["data"]
