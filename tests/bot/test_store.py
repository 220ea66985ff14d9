"""The database opens, or says in one sentence why it does not."""

from pathlib import Path

import pytest
from sqlalchemy import select, text

from bot.store import Store, StoreUnusable, deliveries


async def test_sqlite_is_created_with_its_folder_and_survives_the_death_of_the_process(tmp_path: Path) -> None:
    store = await Store.open(f"sqlite+aiosqlite:///{tmp_path / 'new' / 'senpai.db'}")
    async with store.transaction() as transaction:
        assert (await transaction.execute(text("PRAGMA journal_mode"))).scalar_one() == "wal"
    await store.close()


async def test_a_transaction_happens_whole_or_not_at_all(store: Store) -> None:
    row = "INSERT INTO sent VALUES ('line', 'm', 'k', '2026-05-01 00:00:00')"
    with pytest.raises(ZeroDivisionError):
        async with store.transaction() as transaction:
            await transaction.execute(text(row))
            raise ZeroDivisionError
    async with store.transaction() as transaction:
        assert (await transaction.execute(text("SELECT count(*) FROM sent"))).scalar_one() == 0


async def test_a_database_of_an_earlier_version_gains_the_columns_it_lacks_and_keeps_its_rows(
    database_url: str,
) -> None:
    store = await Store.open(database_url)
    async with store.transaction() as transaction:
        await transaction.execute(text("ALTER TABLE deliveries DROP COLUMN closed_at"))
        await transaction.execute(text("ALTER TABLE deliveries DROP COLUMN num_pushes"))
        await transaction.execute(text("INSERT INTO sent VALUES ('line', 'm', 'k', '2026-05-01 00:00:00')"))
    await store.close()
    store = await Store.open(database_url)
    async with store.transaction() as transaction:
        assert (await transaction.execute(select(deliveries.c.closed_at, deliveries.c.num_pushes))).all() == []
        assert (await transaction.execute(text("SELECT message_id FROM sent"))).scalar_one() == "m"
    await store.close()


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "nosuchdatabase+driver://host/name",
        "postgresql+asyncpg://senpai:a-password@127.0.0.1:9/senpai",
        "sqlite+aiosqlite:////dev/null/senpai.db",
    ],
)
async def test_a_database_that_cannot_be_opened_is_one_sentence_without_its_password(url: str) -> None:
    with pytest.raises(StoreUnusable, match="look at SENPAI_DATABASE_URL") as caught:
        await Store.open(url)
    assert "a-password" not in str(caught.value)


async def test_a_file_that_is_no_database_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "senpai.db").write_bytes(b"this is not a database" * 100)
    with pytest.raises(StoreUnusable, match="file is not a database"):
        await Store.open(f"sqlite+aiosqlite:///{tmp_path / 'senpai.db'}")
