"""Whoever wants to be forgotten is: in every table, in every conversation, and nobody else with them."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.erasure import Erased, Erasure
from bot.history import History
from bot.inbox import Inbox
from bot.message import IncomingMessage, Platform
from bot.outbox import Outbox
from bot.ratings import Ratings, Tally
from bot.store import Store, metadata
from bot.talk import Talk
from tests.bot.messages import answer, message

U1 = {"platform": Platform.LINE, "author_id": "U1"}


@pytest.fixture
def inbox(store: Store) -> Inbox:
    """Nobody listens to its changes."""
    return Inbox(store, asyncio.Queue())


async def _answered(store: Store, inbox: Inbox, asked: IncomingMessage) -> None:
    await inbox.accept(asked)
    async with store.transaction() as transaction:
        await inbox.close(transaction, asked)
        await Outbox(store).put(transaction, asked, [f"{asked.text}の答え"], 1)
        await History(store).add(transaction, asked, answer(f"{asked.text}の答え"))


def _bytes_of(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())


async def _everything(store: Store) -> str:
    async with store.transaction() as transaction:
        rows = [(await transaction.execute(select(table))).all() for table in metadata.sorted_tables]
    return str(rows)


async def test_nothing_of_an_author_is_left_in_any_table(store: Store, inbox: Inbox) -> None:
    await _answered(store, inbox, message("秘密", event_id="1", conversation_id="U1", **U1))
    await _answered(store, inbox, message("内緒", event_id="2", conversation_id="group", **U1))
    await inbox.accept(message("まだ", event_id="3", conversation_id="group", **U1))
    await Talk(store).tell("line:group")
    await Talk(store).keep(message("ひとりごと", event_id="4", conversation_id="group", **U1))
    assert await Erasure(store, inbox).erase(Platform.LINE, "U1") == Erased(num_turns=4, num_withdrawn=1, num_left=0)
    left = await _everything(store)
    assert not [words for words in ("秘密", "内緒", "まだ", "ひとりごと", "U1") if words in left]


async def test_not_even_the_files_of_the_database_hold_a_forgotten_word(tmp_path: Path) -> None:
    store = await Store.open(f"sqlite+aiosqlite:///{tmp_path / 'senpai.db'}")
    inbox = Inbox(store, asyncio.Queue())
    await _answered(store, inbox, message("たいへんな秘密", event_id="1", conversation_id="U1", **U1))
    assert "たいへんな秘密".encode() in _bytes_of(tmp_path)
    await Erasure(store, inbox).erase(Platform.LINE, "U1")
    assert "たいへんな秘密".encode() not in _bytes_of(tmp_path)
    await store.close()


async def test_other_authors_are_not_touched(store: Store, inbox: Inbox) -> None:
    await _answered(store, inbox, message("ほかの人", event_id="1", conversation_id="group", platform=Platform.LINE))
    await _answered(store, inbox, message("ほかの場所", event_id="2", author_id="U1", platform=Platform.DISCORD))
    before = await _everything(store)
    assert await Erasure(store, inbox).erase(Platform.LINE, "U1") == Erased(num_turns=0, num_withdrawn=0, num_left=0)
    assert await _everything(store) == before


async def test_an_event_of_a_forgotten_author_is_recognised_when_it_comes_again(store: Store, inbox: Inbox) -> None:
    asked = message("秘密", conversation_id="U1", **U1)
    await _answered(store, inbox, asked)
    await Erasure(store, inbox).erase(Platform.LINE, "U1")
    assert not await inbox.accept(asked)


async def test_the_message_that_asks_for_it_can_still_be_answered(store: Store, inbox: Inbox) -> None:
    asked = message("/forget-me", conversation_id="U1", message_id="1", **U1)
    await inbox.accept(asked)
    assert await inbox.begin(asked)
    assert (await Erasure(store, inbox).erase(Platform.LINE, "U1")).num_left == 0
    assert await inbox.next_waiting("line:U1") == asked


async def test_thumbs_of_an_author_go_too_also_those_under_answers_to_others(store: Store, inbox: Inbox) -> None:
    asked = message("ほかの人", event_id="1", conversation_id="group", platform=Platform.LINE)
    await _answered(store, inbox, asked)
    await Ratings(store).rate(Platform.LINE, asked.key, "U1", -1)
    await Ratings(store).rate(Platform.LINE, asked.key, "U2", 1)
    assert (await Erasure(store, inbox).erase(Platform.LINE, "U1")).num_left == 0
    assert await Ratings(store).tally() == {"hanako": Tally(1, 0)}
