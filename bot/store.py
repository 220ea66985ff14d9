"""The database: tables and transactions. Knows columns; does not know what they are good for.

SQLite runs in WAL mode on one connection, so that writers queue instead of meeting ``database is locked``; what is
committed survives the death of the process. Other databases come by URL (``postgresql+asyncpg://...``).
"""

import sqlite3
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    DateTime,
    Dialect,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    Uuid,
    event,
    inspect,
    make_url,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.schema import CreateColumn

Transaction: TypeAlias = AsyncConnection


class StoreUnusable(Exception):
    """The database cannot be opened; the message says why, without the URL, which may hold a password."""


class AwareDateTime(TypeDecorator[datetime]):
    """A datetime that is aware on both sides, also in SQLite, which keeps no zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return the moment in UTC."""
        return value and value.astimezone(UTC)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return the moment as an aware datetime."""
        moment: datetime | None = value
        return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment


metadata = MetaData()

messages = Table(
    "messages",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("key", String(200), nullable=False, unique=True),
    Column("state", String(16), nullable=False),
    Column("platform", String(16), nullable=False),
    Column("event_id", String(160), nullable=False),
    Column("message_id", String(160), nullable=False),
    Column("conversation", String(200), nullable=False),
    Column("conversation_id", String(160), nullable=False),
    Column("author_id", String(160), nullable=False),
    Column("text", Text, nullable=False),
    Column("sent_at", AwareDateTime, nullable=False),
    Column("accepted_at", AwareDateTime, nullable=False),
    Column("is_direct", Boolean, nullable=False),
    Column("is_addressed", Boolean, nullable=False),
    Column("is_admin", Boolean, nullable=False),
    Column("quoted_id", String(160)),
    Column("edited_at", AwareDateTime),
    Column("instead_of", String(200)),
    Column("reply_to", Text),
    Column("context", Text),
    Index("messages_waiting", "state", "conversation", "sent_at"),
    Index("messages_named", "platform", "message_id"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("key", Uuid, nullable=False, unique=True),
    Column("state", String(16), nullable=False),
    Column("platform", String(16), nullable=False),
    Column("conversation", String(200), nullable=False),
    Column("message_key", String(200), nullable=False, index=True),
    Column("pieces", JSON, nullable=False),
    Column("is_first", Boolean, nullable=False),
    Column("num_attempts", Integer, nullable=False, default=0),
    Column("num_pushes", Integer, nullable=False, default=0, server_default="0"),
    Column("note", Text),
    Column("closed_at", AwareDateTime),
    Index("deliveries_open", "state", "conversation"),
)

sent = Table(
    "sent",
    metadata,
    Column("platform", String(16), primary_key=True),
    Column("message_id", String(160), primary_key=True),
    Column("message_key", String(200), nullable=False, index=True),
    Column("sent_at", AwareDateTime, nullable=False),
)

tokens = Table(
    "tokens",
    metadata,
    Column("token", String(160), primary_key=True),
    Column("delivery", Uuid),
    Column("taken_at", AwareDateTime, nullable=False, index=True),
)

turns = Table(
    "turns",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("conversation", String(200), nullable=False),
    Column("position", Integer, nullable=False),
    Column("message_key", String(200), nullable=False, index=True),
    Column("author_id", String(160), nullable=False),
    Column("role", String(16), nullable=False),
    Column("text", Text, nullable=False),
    Column("said_at", AwareDateTime, nullable=False),
    Column("is_replaced", Boolean),
    Index("turns_in_order", "conversation", "position", unique=True),
)


class Store:
    """One database, opened with ``open`` and closed with ``close``."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @classmethod
    async def open(cls, url: str) -> "Store":
        """Connect and create what is missing. Raises StoreUnusable when that fails."""
        with _one_sentence():
            store = cls(_engine(url))
            try:
                async with store.transaction() as transaction:
                    await transaction.run_sync(_create_what_is_missing)
            except BaseException:
                await store.close()
                raise
        return store

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Everything done inside happens, or nothing does."""
        async with self._engine.begin() as connection:
            yield connection

    async def settle(self) -> None:
        """Let nothing erased linger beside the database: SQLite keeps the latest changes in a file of their own."""
        if self._engine.dialect.name == "sqlite":
            async with self._engine.connect() as connection:
                plain = await connection.execution_options(isolation_level="AUTOCOMMIT")
                await plain.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))

    async def close(self) -> None:
        """Return the connections."""
        await self._engine.dispose()


def _create_what_is_missing(connection: Connection) -> None:
    """Create tables, and in tables of an earlier version the columns that came since."""
    metadata.create_all(connection)
    found = inspect(connection)
    for table in metadata.sorted_tables:
        present = {column["name"] for column in found.get_columns(table.name)}
        for column in table.columns:
            if column.name not in present:
                added = CreateColumn(column).compile(dialect=connection.dialect)
                connection.execute(text(f"ALTER TABLE {table.name} ADD COLUMN {added}"))


async def insert_new(
    transaction: Transaction, table: Table, key: Column[str], rows: Sequence[Mapping[str, object]]
) -> set[str]:
    """Insert those rows whose ``key`` is not in the table yet, and return their keys."""
    dialect = postgresql if transaction.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).on_conflict_do_nothing(index_elements=[key]).returning(key)
    return set((await transaction.execute(statement, list(rows))).scalars())


@contextmanager
def _one_sentence() -> Iterator[None]:
    try:
        yield
    except (SQLAlchemyError, ImportError, OSError) as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise StoreUnusable(
            f"The database cannot be opened ({reason}): look at SENPAI_DATABASE_URL and SENPAI_HOME."
        ) from error


def _engine(url: str) -> AsyncEngine:
    parts = make_url(url)
    if parts.get_backend_name() != "sqlite":
        return create_async_engine(parts, pool_pre_ping=True)
    Path(parts.database or ".").parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(parts, pool_size=1, max_overflow=0, pool_timeout=60)
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    try:
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=10000", "secure_delete=ON"):
            cursor.execute(f"PRAGMA {pragma}")
    except sqlite3.Error:  # SQLAlchemy forgets a connection whose preparation failed
        connection.close()
        raise
    cursor.close()
