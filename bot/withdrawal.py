"""Takes replies back before they go out. Knows deliveries that are open; does not know why."""

from datetime import UTC, datetime

from sqlalchemy import ColumnElement, update

from bot.store import Transaction, deliveries


async def withdraw_replies(transaction: Transaction, which: ColumnElement[bool]) -> None:
    """Withdraw the open deliveries for which ``which`` holds; nothing of their text is left."""
    withdrawn: dict[str, object] = {"state": "withdrawn", "pieces": [], "note": None, "closed_at": datetime.now(UTC)}
    await transaction.execute(update(deliveries).where(which, deliveries.c.state == "open").values(withdrawn))
