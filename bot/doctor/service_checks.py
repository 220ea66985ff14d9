"""Looks at what runs beside the bot: the database and the worker. Knows how both are reached."""

from collections.abc import AsyncIterator

from bot.completions import WorkerBusy, WorkerError
from bot.doctor.findings import Finding, fail, ok, warn
from bot.settings import Settings
from bot.store import Store, StoreUnusable
from bot.worker_client import WorkerClient
from bot.worker_process import running_worker_url


async def check_database(settings: Settings) -> AsyncIterator[Finding]:
    """Yield whether the database opens."""
    if settings.senpai_database_url is None and not (settings.senpai_home / "senpai.db").exists():
        yield ok("database.new")
        return
    try:
        store = await Store.open(settings.database_url)
    except StoreUnusable as error:
        yield fail("database.unusable", reason=error)
        return
    await store.close()
    yield ok("database.opens")


async def check_worker(settings: Settings) -> AsyncIterator[Finding]:
    """Yield whether a worker answers, where one should."""
    url = settings.senpai_worker_url or running_worker_url(settings.senpai_home)
    if url is None:
        yield ok("worker.stopped")
        return
    key = settings.senpai_worker_key.get_secret_value() if settings.senpai_worker_key else None
    client = WorkerClient(url, key)
    try:
        await client.ready()
        yield ok("worker.answers", url=url)
    except WorkerBusy:
        yield warn("worker.loading", url=url)
    except WorkerError as error:
        yield fail("worker.away", url=url, reason=error)
    finally:
        await client.close()
