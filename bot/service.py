"""The bot process: builds store, inbox, responder and every door whose tokens are set, and keeps them running.

Knows how the parts are wired. Does not know processes, signals or the command line.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.audit import Audit
from bot.commands import Commands
from bot.composer import Composer
from bot.current import DEFAULT_CHECKPOINT, CurrentCheckpoint
from bot.history import History
from bot.i18n import Sentences
from bot.inbox import Inbox
from bot.message import Change
from bot.outbox import Outbox
from bot.platforms.base import DoorClosed, PlatformDoor
from bot.policy import Policy
from bot.responder import Responder
from bot.settings import Settings
from bot.store import Store
from bot.supervise import BackOff, keep_running
from bot.worker_client import WorkerClient

log = logging.getLogger(__name__)

DEFAULT_WORKER_URL = "http://127.0.0.1:8640"
KEPT_DELIVERIES = timedelta(days=62)
"""Closed deliveries hold no text; they are counted when a month's pushes are."""


class NoDoor(Exception):
    """No platform is set up, so nobody could talk to the bot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the doors are handed, and what the service itself keeps running."""

    inbox: Inbox
    outbox: Outbox
    history: History
    policy: Policy
    commands: Commands
    composer: Composer
    current: CurrentCheckpoint
    sentences: Sentences
    store: Store
    changes: asyncio.Queue[Change]


async def serve(settings: Settings, back_off: BackOff | None = None) -> None:
    """Answer on every platform whose tokens are set, until cancelled; then close everything.

    One platform's failure never touches the other. Raises NoDoor when no tokens are set, and DoorClosed when every
    door has turned out to need a person's help.
    """
    async with _parts(settings) as parts:
        doors = _doors(settings, parts)
        if not doors:
            raise NoDoor("No platform is set up: put DISCORD_TOKEN or the two LINE_CHANNEL_ settings into .env.")
        responder = Responder(
            store=parts.store,
            inbox=parts.inbox,
            outbox=parts.outbox,
            history=parts.history,
            changes=parts.changes,
            composer=parts.composer,
            commands=parts.commands,
            sentences=parts.sentences,
            doors={door.platform: door for door in doors},
        )
        back_off = back_off or BackOff()
        async with asyncio.TaskGroup() as group:
            chores = (
                group.create_task(keep_running("responder", responder.run, back_off)),
                group.create_task(keep_running("retention", lambda: _forget_old(settings, parts), back_off)),
            )
            try:
                await _keep_open(doors, back_off)
            finally:
                for chore in chores:
                    chore.cancel()


@asynccontextmanager
async def _parts(settings: Settings) -> AsyncIterator[Parts]:
    key = settings.senpai_worker_key.get_secret_value() if settings.senpai_worker_key else None
    store = await Store.open(settings.database_url)
    worker = WorkerClient(settings.senpai_worker_url or DEFAULT_WORKER_URL, key)
    changes: asyncio.Queue[Change] = asyncio.Queue()
    current = CurrentCheckpoint(settings.senpai_home, settings.senpai_checkpoint or DEFAULT_CHECKPOINT)
    sentences, history = Sentences(settings.senpai_locale), History(store)
    audit = Audit(settings.senpai_home / "audit.jsonl")
    try:
        yield Parts(
            inbox=Inbox(store, changes),
            outbox=Outbox(store),
            history=history,
            policy=Policy(settings.senpai_call_names),
            commands=Commands(worker=worker, current=current, history=history, audit=audit, sentences=sentences),
            composer=Composer(worker=worker, current=current, history=history, sentences=sentences),
            current=current,
            sentences=sentences,
            store=store,
            changes=changes,
        )
    finally:
        await worker.close()
        await store.close()


def _doors(settings: Settings, parts: Parts) -> list[PlatformDoor]:
    """Build the console and the doors whose tokens are set; a platform's library is imported only then."""
    from bot.platforms.console import ConsoleDoor

    doors: list[PlatformDoor] = [
        ConsoleDoor(
            settings, inbox=parts.inbox, history=parts.history, current=parts.current, sentences=parts.sentences
        )
    ]
    if settings.discord_token:
        from bot.platforms.discord import DiscordDoor

        doors.append(DiscordDoor(settings, inbox=parts.inbox, policy=parts.policy, commands=parts.commands))
    if settings.line_channel_secret and settings.line_channel_access_token:
        from bot.platforms.line import LineDoor

        doors.append(
            LineDoor(settings, inbox=parts.inbox, outbox=parts.outbox, policy=parts.policy, commands=parts.commands)
        )
    return doors


async def _keep_open(doors: list[PlatformDoor], back_off: BackOff) -> None:
    """Keep every door open. Raises the first DoorClosed once no door is left."""
    keeping = [asyncio.create_task(_keep_one_open(door, back_off), name=door.platform) for door in doors]
    try:
        closed = [reason for reason in await asyncio.gather(*keeping) if reason]
    finally:
        for task in keeping:
            task.cancel()
        await asyncio.gather(*keeping, return_exceptions=True)
    raise closed[0]


async def _keep_one_open(door: PlatformDoor, back_off: BackOff) -> DoorClosed | None:
    try:
        await keep_running(door.platform, door.run, back_off)
    except DoorClosed as reason:
        log.error("%s stays closed: %s", door.platform, reason)
        return reason
    return None


async def _forget_old(settings: Settings, parts: Parts) -> None:
    """Once an hour, forget what is older than the retention allows."""
    while True:
        now = datetime.now(UTC)
        oldest = now - timedelta(days=settings.senpai_history_days)
        num_turns = await parts.history.forget_before(oldest)
        await parts.outbox.forget_before(min(oldest, now - KEPT_DELIVERIES))
        await parts.inbox.forget_before(oldest)
        log.info("forgot %d turns older than %d days", num_turns, settings.senpai_history_days)
        await asyncio.sleep(3600)
