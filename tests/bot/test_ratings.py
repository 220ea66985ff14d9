"""A thumb belongs to one answer of one checkpoint, holds no text, and goes when the answer goes."""

import pytest
from sqlalchemy import insert, select

from bot.answers import ratings
from bot.history import History
from bot.message import IncomingMessage, Platform
from bot.ratings import Rated, Ratings, Tally
from bot.store import Store, sent
from model.conversation import Role, Turn
from tests.bot.messages import answer, message

TEXT_PLATFORMS = (Platform.LINE, Platform.CONSOLE)


async def _answered(store: Store, text: str, platform: Platform = Platform.LINE, num_history: int = 0) -> str:
    asked: IncomingMessage = message(text, platform=platform, event_id=text, conversation_id="group")
    async with store.transaction() as transaction:
        said = answer(f"{text}だね", system="常体で。", num_history=num_history)
        await History(store).add(transaction, asked, said)
        await transaction.execute(
            insert(sent).values(
                platform=platform, message_id=f"sent-{text}", message_key=asked.key, sent_at=asked.sent_at
            )
        )
    return asked.key


async def test_an_answer_is_rated_by_the_id_its_platform_gave_it_or_by_its_question_key(store: Store) -> None:
    key = await _answered(store, "一")
    assert await Ratings(store).rate(Platform.LINE, "sent-一", "U1", 1)
    assert await Ratings(store).rate(Platform.LINE, key, "U2", -1)
    assert await Ratings(store).tally() == {"hanako": Tally(1, 1)}


async def test_only_the_last_thumb_of_an_author_counts(store: Store) -> None:
    key = await _answered(store, "一")
    for thumb in (1, 1, -1):
        assert await Ratings(store).rate(Platform.LINE, key, "U1", thumb)
    assert await Ratings(store).tally() == {"hanako": Tally(0, 1)}


async def test_an_author_is_shown_their_own_thumbs_of_that_platform_alone(store: Store) -> None:
    one, other = await _answered(store, "一"), await _answered(store, "二", Platform.CONSOLE)
    await Ratings(store).rate(Platform.LINE, one, "U1", -1)
    await Ratings(store).rate(Platform.LINE, one, "U2", 1)
    await Ratings(store).rate(Platform.CONSOLE, other, "U1", 1)
    assert await Ratings(store).given(Platform.LINE, "U1") == {one: -1}


async def test_what_is_no_answer_of_ours_cannot_be_rated(store: Store) -> None:
    key = await _answered(store, "一")
    assert not await Ratings(store).rate(Platform.LINE, "someone else's", "U1", 1)
    assert not await Ratings(store).rate(Platform.DISCORD, key, "U1", 1)
    assert not await Ratings(store).rate(Platform.LINE, key, "U1", 7)  # type: ignore[arg-type]
    assert await Ratings(store).tally() == {}


async def test_a_rated_answer_is_read_as_the_model_read_it(store: Store) -> None:
    for number, text in enumerate(("一", "二", "三")):
        key = await _answered(store, text, num_history=min(2, 2 * number))
    await Ratings(store).rate(Platform.LINE, key, "U1", 1)
    (rated,) = await Ratings(store).rated(TEXT_PLATFORMS)
    system, before = Turn(Role.SYSTEM, "常体で。"), (Turn(Role.USER, "二"), Turn(Role.ASSISTANT, "二だね"))
    assert rated == Rated(
        checkpoint="hanako",
        platform=Platform.LINE,
        prompt=(system, *before, Turn(Role.USER, "三")),
        reply="三だね",
        is_liked=True,
    )


async def test_the_majority_decides_and_a_tie_says_nothing(store: Store) -> None:
    good, even = await _answered(store, "一"), await _answered(store, "二")
    for author, thumb in (("U1", 1), ("U2", 1), ("U3", -1)):
        await Ratings(store).rate(Platform.LINE, good, author, thumb)  # type: ignore[arg-type]
    for author, thumb in (("U1", 1), ("U2", -1)):
        await Ratings(store).rate(Platform.LINE, even, author, thumb)  # type: ignore[arg-type]
    assert [(rated.reply, rated.is_liked) for rated in await Ratings(store).rated(TEXT_PLATFORMS)] == [("一だね", True)]


async def test_what_was_said_on_discord_is_counted_but_never_read(store: Store) -> None:
    key = await _answered(store, "一", Platform.DISCORD)
    assert await Ratings(store).rate(Platform.DISCORD, key, "hana", 1)
    assert await Ratings(store).tally() == {"hanako": Tally(1, 0)}
    assert await Ratings(store).rated(TEXT_PLATFORMS) == []
    with pytest.raises(ValueError, match="discord must not be trained on"):
        await Ratings(store).rated((Platform.DISCORD,))


async def test_a_rating_goes_with_its_answer(store: Store) -> None:
    key = await _answered(store, "一")
    await Ratings(store).rate(Platform.LINE, key, "U1", 1)
    await History(store).forget("line:group")
    assert await Ratings(store).tally() == {}
    async with store.transaction() as transaction:
        assert (await transaction.execute(select(ratings))).first() is None
