"""The bot process: builds store, inbox, responder and every door whose tokens are set, and keeps them running.

Knows how the parts are wired. Does not know processes, signals or the command line.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.audit import Audit
from bot.commands import Commands
from bot.composer import Composer
from bot.crowd import Crowd
from bot.current import CurrentCheckpoint
from bot.elsewhere import Elsewhere, connect
from bot.erasure import Erasure
from bot.history import History
from bot.i18n import Sentences
from bot.inbox import Inbox
from bot.limits import Limits
from bot.message import Change
from bot.metrics import BotMetrics
from bot.outbox import Outbox, Patience
from bot.pause import Pause
from bot.platforms.base import DoorClosed, PlatformDoor
from bot.platforms.console import ConsoleDoor, Desk, LongCommand, Overheard, Room
from bot.policy import Policy
from bot.quiz import Quiz
from bot.ratings import Ratings
from bot.responder import Responder
from bot.restraint import Rates, Restraint
from bot.settings import Settings
from bot.store import Store
from bot.strength import Strength
from bot.supervise import BackOff, keep_running
from bot.talk import KEPT as KEPT_LINES
from bot.talk import Talk
from bot.vitals import DoorStates, VitalSigns
from bot.waking import WorkerPatience
from model.votes import VOTES, Votes

log = logging.getLogger(__name__)

COMMANDS_PER_MINUTE = 20
"""Of one author; administrators have no limit."""
CONSOLE_WAITS_S = 2.0
"""Where people write on a platform they are answered first: the console's library takes half a second of CPU."""
DEFAULT_WORKER_URL = "http://127.0.0.1:8640"
KEPT_DELIVERIES = timedelta(days=62)
"""Closed deliveries hold no text; they are counted when a month's pushes are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long to wait before trying again: to open a door, to ask the worker, to deliver."""

    doors: BackOff = field(default_factory=BackOff)
    deliveries: Patience = field(default_factory=Patience)
    worker: WorkerPatience = field(default_factory=WorkerPatience)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the doors are handed, and what the service itself keeps running."""

    inbox: Inbox
    outbox: Outbox
    history: History
    talk: Talk
    ratings: Ratings
    metrics: BotMetrics
    policy: Policy
    commands: Commands
    composer: Composer
    current: CurrentCheckpoint
    sentences: Sentences
    store: Store
    worker: Elsewhere
    room: Room
    quiz: Quiz
    votes: Votes
    door_states: DoorStates
    strength: Strength
    changes: asyncio.Queue[Change]
    restraint: Restraint
    crowd: Crowd
    history_days: int


async def serve(settings: Settings, pace: Pace | None = None) -> None:
    """Answer in the console and on every platform whose tokens are set, until cancelled; then close everything.

    One platform's failure never touches the other. Raises DoorClosed when every door has turned out to need a
    person's help.
    """
    pace = pace or Pace()
    async with open_parts(settings, pace) as parts:
        await attend(parts, _doors(settings, parts), pace)


async def attend(parts: Parts, doors: Sequence[PlatformDoor], pace: Pace) -> None:
    """Keep doors open and answer what comes in through them, until cancelled. Raises DoorClosed as ``serve`` does."""
    responder = Responder(
        store=parts.store,
        inbox=parts.inbox,
        outbox=parts.outbox,
        history=parts.history,
        changes=parts.changes,
        composer=parts.composer,
        commands=parts.commands,
        restraint=parts.restraint,
        crowd=parts.crowd,
        sentences=parts.sentences,
        doors={door.platform: door for door in doors},
    )
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(keep_running("responder", responder.run, pace.doors))
            group.create_task(keep_running("retention", lambda: _forget_old(parts), pace.doors))
            await _keep_open(doors, pace.doors, parts.door_states)
    except* DoorClosed as closed:
        raise closed.exceptions[0] from None


@asynccontextmanager
async def open_parts(settings: Settings, pace: Pace) -> AsyncIterator[Parts]:
    """Open the store and the worker's client, and close them in the end."""
    key = settings.senpai_worker_key.get_secret_value() if settings.senpai_worker_key else None
    store = await Store.open(settings.database_url)
    url, start = settings.senpai_worker_url or DEFAULT_WORKER_URL, settings.senpai_checkpoint
    worker = connect(url, key, settings.senpai_home, start=start)
    try:
        parts = _built(settings, pace, store, worker)
        await parts.current.refresh()
        yield parts
    finally:
        await worker.close()
        await store.close()


def _built(settings: Settings, pace: Pace, store: Store, worker: Elsewhere) -> Parts:
    changes: asyncio.Queue[Change] = asyncio.Queue()
    current = CurrentCheckpoint(settings.senpai_home, start=settings.senpai_checkpoint, worker=worker)
    sentences, history = Sentences(settings.senpai_locale), History(store)
    inbox = Inbox(store, changes)
    room, votes = Room(), Votes(settings.senpai_home / VOTES)
    quiz = Quiz(home=settings.senpai_home, worker=worker, current=current, votes=votes)
    metrics, strength = BotMetrics(), Strength(settings.senpai_home / "strength")
    audit, pause = Audit(settings.senpai_home / "audit.jsonl"), Pause(settings.senpai_home / "paused")
    return Parts(
        inbox=inbox,
        outbox=Outbox(store, pace.deliveries),
        history=history,
        talk=Talk(store),
        ratings=Ratings(store),
        metrics=metrics,
        policy=Policy(settings.senpai_call_names, current.call_names),
        commands=Commands(
            worker=worker,
            current=current,
            history=history,
            erasure=Erasure(store, inbox),
            history_days=settings.senpai_history_days,
            learns_from=settings.senpai_train_from_chats,
            audit=audit,
            pause=pause,
            quiz=quiz,
            strength=strength,
            limits=Limits(COMMANDS_PER_MINUTE),
            sentences=sentences,
        ),
        composer=Composer(
            worker=Overheard(worker, room),
            current=current,
            history=history,
            sentences=sentences,
            metrics=metrics,
            strength=strength.read,
            patience=pace.worker,
        ),
        current=current,
        sentences=sentences,
        store=store,
        worker=worker,
        room=room,
        quiz=quiz,
        votes=votes,
        door_states=DoorStates(),
        strength=strength,
        changes=changes,
        restraint=_restraint(settings, pause, sentences),
        crowd=Crowd(
            inbox=inbox,
            worker=worker,
            sentences=sentences,
            max_waiting=settings.senpai_waiting_per_author,
            patience=pace.worker,
        ),
        history_days=settings.senpai_history_days,
    )


def _restraint(settings: Settings, pause: Pause, sentences: Sentences) -> Restraint:
    return Restraint(
        rates=Rates(
            author=Limits(settings.senpai_messages_per_minute),
            conversation=Limits(settings.senpai_conversation_per_minute),
            platform=Limits(settings.senpai_platform_per_minute),
        ),
        max_chars=settings.senpai_max_message_chars,
        pause=pause,
        quiet_hours=settings.senpai_quiet_hours,
        sentences=sentences,
    )


def _doors(settings: Settings, parts: Parts) -> list[PlatformDoor]:
    """Build the doors whose tokens are set, and the console; a platform's library is imported only then."""
    desk = Desk(
        home=settings.senpai_home,
        room=parts.room,
        inbox=parts.inbox,
        store=parts.store,
        worker=parts.worker,
        commands=parts.commands,
        current=parts.current,
        ratings=parts.ratings,
        composer=parts.composer,
        policy=parts.policy,
        quiz=parts.quiz,
        votes=parts.votes,
        vital_signs=VitalSigns(
            store=parts.store,
            outbox=parts.outbox,
            metrics=parts.metrics,
            doors=parts.door_states,
            push_budget=settings.line_push_budget,
        ),
        training=LongCommand(settings.senpai_home),
        strength=parts.strength,
    )
    doors: list[PlatformDoor] = []
    if settings.discord_token:
        doors.append(discord_door(settings, parts))
    if settings.line_channel_secret and settings.line_channel_access_token:
        from bot.platforms.line import LineDoor

        doors.append(
            LineDoor(
                settings,
                inbox=parts.inbox,
                outbox=parts.outbox,
                talk=parts.talk,
                policy=parts.policy,
                current=parts.current,
                sentences=parts.sentences,
            )
        )
    return [*doors, ConsoleDoor(settings, desk, wait_s=CONSOLE_WAITS_S if doors else 0.0)]


def discord_door(settings: Settings, parts: Parts, **pace: Any) -> PlatformDoor:
    """Build Discord's door; ``pace`` is what its constructor calls tempo and the like."""
    from bot.platforms.discord import DiscordDoor

    return DiscordDoor(
        settings,
        inbox=parts.inbox,
        outbox=parts.outbox,
        history=parts.history,
        ratings=parts.ratings,
        current=parts.current,
        policy=parts.policy,
        commands=parts.commands,
        **pace,
    )


async def _keep_open(doors: Sequence[PlatformDoor], back_off: BackOff, states: DoorStates) -> None:
    """Keep every door open. Raises the first DoorClosed once no door is left."""
    keeping = [asyncio.create_task(_keep_one_open(door, back_off, states), name=door.platform) for door in doors]
    try:
        closed = [reason for reason in await asyncio.gather(*keeping) if reason]
    finally:
        for task in keeping:
            task.cancel()
        await asyncio.gather(*keeping, return_exceptions=True)
    raise closed[0]


async def _keep_one_open(door: PlatformDoor, back_off: BackOff, states: DoorStates) -> DoorClosed | None:
    async def open_door() -> None:
        states.opened(door.platform)
        try:
            await door.run()
        finally:
            states.ended(door.platform)

    try:
        await keep_running(door.platform, open_door, back_off)
    except DoorClosed as reason:
        log.error("%s stays closed: %s", door.platform, reason)
        states.closed(door.platform, str(reason))
        return reason
    return None


async def _forget_old(parts: Parts) -> None:
    """Once an hour, forget what is older than the retention allows."""
    while True:
        now = datetime.now(UTC)
        oldest = now - timedelta(days=parts.history_days)
        num_turns = await parts.history.forget_before(oldest)
        await parts.outbox.forget_before(min(oldest, now - KEPT_DELIVERIES))
        await parts.inbox.forget_before(oldest)
        await parts.talk.forget_before(now - KEPT_LINES)
        await parts.store.settle()
        log.info("forgot %d turns older than %d days", num_turns, parts.history_days)
        await asyncio.sleep(3600)
