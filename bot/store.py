"""The database: tables and transactions. Knows columns; does not know what they are good for."""

from typing import TypeAlias

from sqlalchemy.ext.asyncio import AsyncConnection

Transaction: TypeAlias = AsyncConnection


class Store:
    """One database. SQLite in WAL mode by default, anything SQLAlchemy speaks by URL."""
