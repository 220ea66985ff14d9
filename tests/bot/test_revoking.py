"""What a revoked checkpoint has said is forgotten, with the questions; what others said stays."""

from pathlib import Path

from sqlalchemy import insert, select

from bot.answers import answers
from bot.history import History
from bot.outbox import Outbox
from bot.revoking import forget_answers
from bot.store import Store, deliveries, turns
from tests.bot.messages import answer, message


async def test_answers_of_a_revoked_checkpoint_go_and_those_of_others_stay(tmp_path: Path) -> None:
    store = await Store.open(f"sqlite+aiosqlite:///{tmp_path / 'senpai.db'}")
    async with store.transaction() as transaction:
        for number, name in enumerate(("hanako", "taro")):
            asked = message(f"{name}への質問", event_id=name, conversation_id=str(number))
            await History(store).add(transaction, asked, answer(f"{name}の答え", checkpoint=name))
            await Outbox(store).put(transaction, asked, [f"{name}の答え"], 1)
        unknown = {"conversation": "c", "position": 0, "message_key": "discord:old", "author_id": "hana"}
        said_at = asked.sent_at
        await transaction.execute(insert(turns).values(**unknown, role="user", text="昔の話", said_at=said_at))
    assert await forget_answers(store, ["hanako"]) == 3
    assert await forget_answers(store, ["hanako"]) == 0
    async with store.transaction() as transaction:
        left = [row.text for row in (await transaction.execute(select(turns.c.text))).all()]
        assert left == ["taroへの質問", "taroの答え"]
        assert [row.checkpoint for row in (await transaction.execute(select(answers))).all()] == ["taro"]
        pieces = {row.state: row.pieces for row in (await transaction.execute(select(deliveries))).all()}
        assert pieces == {"withdrawn": [], "open": ["taroの答え"]}
    await store.close()
