"""Takes the conversation's turn: in order within one conversation, in parallel across conversations.

Knows when a message is answered, and that it is answered once. Does not know what is said (``composer``, ``commands``)
nor how a platform delivers (``outbox``, the doors).

Invariants:
- at most one task per conversation
- the answer, the closed question and the history appear in one transaction, or not at all
"""

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from bot.commands import CommandCall, Commands, words_of
from bot.completions import WorkerError
from bot.composed import Composed
from bot.failure import explain
from bot.i18n import Sentences
from bot.limits import Limits
from bot.message import Accepted, Change, IncomingMessage, Platform, Revised, Withdrawn
from bot.pause import Pause
from bot.pieces import cut
from bot.platforms.base import Draft, PlatformDoor
from bot.unfolding import Show, show_nothing
from model.persona import PersonaError

if TYPE_CHECKING:
    from bot.composer import Composer
    from bot.history import History
    from bot.inbox import Inbox
    from bot.outbox import Outbox
    from bot.store import Store

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes out for one message. Only what the persona said, ``composed``, belongs to the conversation."""

    text: str
    composed: Composed | None = None


class Responder:
    """Answers what the inbox holds, whenever it changes."""

    def __init__(
        self,
        *,
        store: "Store",
        inbox: "Inbox",
        outbox: "Outbox",
        history: "History",
        changes: asyncio.Queue[Change],
        composer: "Composer",
        commands: Commands,
        pause: Pause,
        limits: Limits,
        sentences: Sentences,
        doors: Mapping[Platform, PlatformDoor],
    ) -> None:
        self._store = store
        self._inbox = inbox
        self._outbox = outbox
        self._history = history
        self._changes = changes
        self._composer = composer
        self._commands = commands
        self._pause = pause
        self._limits = limits
        self._sentences = sentences
        self._doors = doors
        self._due: set[str] = set()
        self._active: set[str] = set()
        self._composing: dict[str, asyncio.Task[Answer]] = {}

    async def run(self) -> None:
        """Answer until cancelled, beginning with what an earlier life left unfinished."""
        async with asyncio.TaskGroup() as group:
            for conversation in await self._inbox.unfinished_conversations():
                self._take_turn(group, conversation)
            while True:
                match await self._changes.get():
                    case Accepted(conversation):
                        self._take_turn(group, conversation)
                    case Withdrawn(message_key) | Revised(message_key):
                        self._stop_composing(message_key)

    def _take_turn(self, group: asyncio.TaskGroup, conversation: str) -> None:
        self._due.add(conversation)
        if conversation not in self._active:
            self._active.add(conversation)
            group.create_task(self._serve(conversation), name=f"conversation {conversation}")

    def _stop_composing(self, message_key: str) -> None:
        if composing := self._composing.get(message_key):
            composing.cancel()

    async def _serve(self, conversation: str) -> None:
        platform = Platform(conversation.partition(":")[0])
        door = self._doors.get(platform)
        if door is None:
            log.warning("a conversation waits until %s is set up again", platform)
        try:
            while door and conversation in self._due:
                self._due.discard(conversation)
                await self._outbox.deliver_open(conversation, door)
                while message := await self._inbox.next_waiting(conversation):
                    await self._answer(message, door)
                    await self._outbox.deliver_open(conversation, door)
        finally:
            self._active.discard(conversation)

    async def _answer(self, message: IncomingMessage, door: PlatformDoor) -> None:
        """Compose one answer and store it; nothing happens when the message is withdrawn or revised meanwhile."""
        begun_at = time.monotonic()
        greeting = await self._greeting(message, door)
        async with door.working(message) as draft:
            composing = asyncio.create_task(self._compose(message, _showing(draft, greeting)))
            self._composing[message.key] = composing
            try:
                await asyncio.wait((composing,))
            finally:
                composing.cancel()
                await asyncio.wait((composing,))
                del self._composing[message.key]
        if not composing.cancelled():
            await self._keep(message, composing.result(), greeting, door, begun_at)
            return
        log.info("%s cancelled", message.key)
        if draft and not await self._inbox.waits(message):
            await draft.take_back()

    async def _greeting(self, message: IncomingMessage, door: PlatformDoor) -> str:
        """Return what stands before an author's first answer, where nothing else says that it comes from an AI."""
        if door.greets or await self._history.knows(message):
            return ""
        return f"{self._sentences.say('first_contact')}\n\n"

    async def _keep(
        self, message: IncomingMessage, answer: Answer, greeting: str, door: PlatformDoor, begun_at: float
    ) -> None:
        text = greeting + answer.text if answer.composed else answer.text
        pieces = cut(text, door.limits, self._sentences.say("cut_off"))
        async with self._store.transaction() as transaction:
            if not await self._inbox.close(transaction, message):
                return
            await self._outbox.put(transaction, message, pieces, door.limits.pieces_per_delivery)
            if answer.composed:
                await self._history.add(transaction, message, answer.composed, begun_at=begun_at)

    async def _compose(self, message: IncomingMessage, show: Show) -> Answer:
        """Return an answer, whatever happens: the author is never left waiting."""
        try:
            if not message.text.strip():
                return Answer(self._sentences.say("wordless"))
            if words := words_of(message.text):
                return Answer(await self._command(message, words))
            if self._pause.is_on:
                return Answer(self._sentences.say("resting"))
            if wait_s := self._limits.wait_s(f"{message.platform}:{message.author_id}", message.sent_at):
                return Answer(self._sentences.say("too_often", seconds=ceil(wait_s)))
            composed = await self._composer.compose(message, show)
            return Answer(composed.text, composed if composed.is_usable else None)
        except (WorkerError, PersonaError) as error:
            return Answer(explain(error, self._sentences, log.warning))
        except Exception as error:
            return Answer(explain(error, self._sentences, log.error))

    async def _command(self, message: IncomingMessage, words: tuple[str, ...]) -> str:
        """Run a command, once: nobody wants to be rolled back twice because the bot was killed in between."""
        if not await self._inbox.begin(message):
            return self._sentences.say("interrupted", name=words[0][:32])
        return await self._commands.run(_call(message, words))


def _showing(draft: Draft | None, greeting: str) -> Show:
    return (lambda text: draft.show(greeting + text)) if draft else show_nothing


def _call(message: IncomingMessage, words: tuple[str, ...]) -> CommandCall:
    return CommandCall(
        platform=message.platform,
        conversation=message.conversation,
        author_id=message.author_id,
        is_admin=message.is_admin,
        is_direct=message.is_direct,
        words=words,
    )
