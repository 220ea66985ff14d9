"""What is remembered, and what fits a prompt."""

import asyncio
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.history import History, Placed, fitting
from bot.inbox import Inbox
from bot.store import Store
from model.conversation import Role, Turn
from tests.bot.messages import answer, message


async def _say(store: Store, text: str, event_id: str | None = None, conversation_id: str = "c") -> None:
    async with store.transaction() as transaction:
        asked = message(text, event_id=event_id or text, conversation_id=conversation_id)
        await History(store).add(transaction, asked, answer(f"{text}の答え"))


async def test_question_and_answer_are_remembered_in_order(store: Store) -> None:
    await _say(store, "一")
    await _say(store, "二")
    said = [(turn.role, turn.text) for turn in await History(store).recent("discord:c", 100)]
    assert said == [("user", "一"), ("assistant", "一の答え"), ("user", "二"), ("assistant", "二の答え")]


async def test_conversations_do_not_see_each_other(store: Store) -> None:
    await _say(store, "ここだけの話", conversation_id="c")
    assert await History(store).recent("discord:other", 100) == ()


async def test_forgetting_a_conversation_leaves_the_others(store: Store) -> None:
    await _say(store, "一", conversation_id="c")
    await _say(store, "二", conversation_id="d")
    assert await History(store).forget("discord:c") == 2
    assert await History(store).recent("discord:c", 100) == ()
    assert len(await History(store).recent("discord:d", 100)) == 2


async def test_what_is_older_than_the_retention_is_forgotten(store: Store) -> None:
    await _say(store, "昔の話")
    assert await History(store).forget_before(datetime.now(UTC) - timedelta(days=1)) == 0
    assert await History(store).forget_before(datetime.now(UTC) + timedelta(seconds=1)) == 2


async def test_withdrawing_a_message_forgets_it_and_what_was_answered(store: Store) -> None:
    inbox = Inbox(store, asyncio.Queue())
    await inbox.accept(message("内緒", event_id="7"))
    await _say(store, "内緒", event_id="7")
    assert await inbox.withdraw(message("").platform, "7")
    assert await History(store).recent("discord:c", 100) == ()


def _placed(lengths: list[int], first: int) -> list[Placed]:
    roles = (Role.USER, Role.ASSISTANT)
    return [Placed(first + i, Turn(roles[(first + i) % 2], "あ" * length)) for i, length in enumerate(lengths)]


@given(st.lists(st.integers(0, 30), max_size=40), st.integers(0, 9), st.integers(0, 300))
def test_what_is_kept_fits_and_is_the_end_of_what_was_said(lengths: list[int], first: int, max_chars: int) -> None:
    placed = _placed(lengths, first * 2)
    kept = fitting(placed, max_chars)
    assert sum(len(turn.text) for turn in kept) <= max_chars
    assert list(kept) == [each.turn for each in placed][len(placed) - len(kept) :]


@given(st.lists(st.integers(1, 10), min_size=8, max_size=60))
def test_the_beginning_moves_only_in_blocks_so_that_prompts_share_their_beginning(lengths: list[int]) -> None:
    starts = {len(lengths[:n]) - len(fitting(_placed(lengths[:n], 0), 60)) for n in range(0, len(lengths) + 1, 2)}
    assert all(start % 4 == 0 or start in range(len(lengths) + 1)[::2] for start in starts)
    assert all(start % 4 == 0 for start in starts if start < len(lengths) - 4)
