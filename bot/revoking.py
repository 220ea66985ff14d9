"""Lets checkpoints answer no more: takes them out of a running worker, and what they said out of the database.

Knows worker and database. Does not know files.
"""

from collections.abc import Sequence
from contextlib import suppress

from sqlalchemy import select

from bot.answers import answers, forget_turns
from bot.completions import UnknownCheckpoint
from bot.elsewhere import connect
from bot.settings import Settings
from bot.store import Store, deliveries, turns
from bot.withdrawal import withdraw_replies
from bot.worker_process import answers as is_there
from bot.worker_process import running_worker_url


async def unserve(settings: Settings, checkpoints: Sequence[str]) -> int:
    """Take checkpoints out of the worker, where one runs, and forget their answers; return how many turns went.

    Raises StoreUnusable, and WorkerError when a worker runs that could not be moved to let them go.
    """
    try:
        await _let_go(settings, checkpoints)
    finally:
        store = await Store.open(settings.database_url)
        try:
            num_turns = await forget_answers(store, checkpoints)
        finally:
            await store.close()
    return num_turns


async def forget_answers(store: Store, checkpoints: Sequence[str]) -> int:
    """Forget what these checkpoints answered, with the questions; return how many turns went.

    A turn of which nobody noted who said it goes too: it may have been one of them.
    """
    others = select(answers.c.message_key).where(answers.c.checkpoint.not_in(checkpoints))
    said = turns.c.message_key.not_in(others)
    keys = select(turns.c.message_key).where(said)
    async with store.transaction() as transaction:
        await withdraw_replies(transaction, deliveries.c.message_key.in_(keys))
        return await forget_turns(transaction, said)


async def _let_go(settings: Settings, checkpoints: Sequence[str]) -> None:
    key = settings.senpai_worker_key.get_secret_value() if settings.senpai_worker_key else None
    url = settings.senpai_worker_url or running_worker_url(settings.senpai_home)
    if url is None or not await is_there(url, key):
        return
    worker = connect(url, key, settings.senpai_home, start=settings.senpai_checkpoint)
    try:
        for name in checkpoints:
            with suppress(UnknownCheckpoint):  # which then answers no more
                await worker.forget(name)
    finally:
        await worker.close()
