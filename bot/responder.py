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
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from bot.commands import CommandCall, Commands, words_of
from bot.completions import WorkerError
from bot.composed import Composed
from bot.crowd import Crowd
from bot.failure import explain
from bot.i18n import Sentences
from bot.message import Accepted, Change, IncomingMessage, Platform, Revised, Withdrawn
from bot.pieces import cut
from bot.platforms.base import Draft, PlatformDoor, TellingDoor
from bot.restraint import Restraint
from bot.unfolding import Show
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
        restraint: Restraint,
        crowd: Crowd,
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
        self._restraint = restraint
        self._crowd = crowd
        self._sentences = sentences
        self._doors = doors
        self._due: set[str] = set()
        self._active: set[str] = set()
        self._composing: dict[str, asyncio.Task[Answer]] = {}
        self._held: dict[str, asyncio.Task[None]] = {}
        self._delivering: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def run(self) -> None:
        """Answer until cancelled, beginning with what an earlier life left unfinished."""
        async with asyncio.TaskGroup() as group:
            for conversation in await self._inbox.unfinished_conversations():
                self._take_turn(group, conversation)
            while True:
                match await self._changes.get():
                    case Accepted(conversation, message_key):
                        if conversation in self._active:
                            self._hold(group, conversation, message_key)
                        self._take_turn(group, conversation)
                    case Withdrawn(message_key) | Revised(message_key):
                        self._stop_composing(message_key)

    def _take_turn(self, group: asyncio.TaskGroup, conversation: str) -> None:
        self._due.add(conversation)
        if conversation not in self._active:
            self._active.add(conversation)
            group.create_task(self._serve(conversation), name=f"conversation {conversation}")

    def _stop_composing(self, message_key: str) -> None:
        for task in (self._composing.get(message_key), self._held.get(message_key)):
            if task:
                task.cancel()

    def _hold(self, group: asyncio.TaskGroup, conversation: str, message_key: str) -> None:
        held = self._held[message_key] = group.create_task(self._attend(conversation, message_key))
        held.add_done_callback(lambda _: self._held.pop(message_key, None))  # also when it ends before it began

    async def _attend(self, conversation: str, message_key: str) -> None:
        """Tell the author of a message that waits behind others how long; or that it is one too many."""
        door, waiting = self._door(conversation), await self._crowd.place(conversation, message_key)
        if door is None or waiting is None:
            return
        if waiting.is_one_too_many and not words_of(waiting.message.text):
            refusal = Answer(self._sentences.say("one_at_a_time"))
            await self._keep(waiting.message, refusal, "", door, time.monotonic())
            await self._deliver(conversation, door)
        else:
            await self._tell_place(waiting.message, door)

    async def _tell_place(self, message: IncomingMessage, door: PlatformDoor) -> None:
        """Until cancelled, let the author know their place in the line, where the platform has a way to."""
        if isinstance(door, TellingDoor):
            async with door.notice(message, lambda: self._crowd.told(message)):
                await asyncio.Event().wait()

    async def _deliver(self, conversation: str, door: PlatformDoor) -> None:
        """Deliver what is open, one task at a time: each delivery is one task's alone."""
        async with self._delivering.setdefault(conversation, asyncio.Lock()):
            await self._outbox.deliver_open(conversation, door)

    def _door(self, conversation: str) -> PlatformDoor | None:
        return self._doors.get(Platform(conversation.partition(":")[0]))

    async def _serve(self, conversation: str) -> None:
        door = self._door(conversation)
        if door is None:
            log.warning("a conversation waits until %s is set up again", conversation.partition(":")[0])
        try:
            while door and conversation in self._due:
                self._due.discard(conversation)
                await self._deliver(conversation, door)
                while message := await self._inbox.next_waiting(conversation):
                    await self._answer(message, door)
                    await self._deliver(conversation, door)
        finally:
            self._active.discard(conversation)

    async def _answer(self, message: IncomingMessage, door: PlatformDoor) -> None:
        """Compose one answer and store it; nothing happens when the message is withdrawn or revised meanwhile."""
        if held := self._held.get(message.key):
            await _end(held)
        begun_at = time.monotonic()
        greeting = await self._greeting(message, door)
        async with door.working(message) as draft:
            telling = asyncio.create_task(self._tell_place(message, door))
            composing = asyncio.create_task(self._compose(message, _showing(draft, greeting, telling)))
            self._composing[message.key] = composing
            try:
                await asyncio.wait((composing,))
            finally:
                await _end(composing, telling)
                del self._composing[message.key]
        if not composing.cancelled():
            answer = composing.result()
            if answer.composed and answer.composed.num_tokens:
                self._crowd.took(time.monotonic() - begun_at)
            await self._keep(message, answer, greeting, door, begun_at)
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
            if objection := self._restraint.objection(message):
                return Answer(objection)
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


async def _end(*tasks: asyncio.Task[Any]) -> None:
    """Cancel and wait; a task that was cancelled before is left to finish what it does last."""
    for task in tasks:
        if not task.cancelling():
            task.cancel()
    await asyncio.wait(tasks)


def _showing(draft: Draft | None, greeting: str, telling: asyncio.Task[None]) -> Show:
    """Return what shows an answer as it grows; with its first words nobody has to be told any more to wait."""

    def show(text: str) -> None:
        if not telling.cancelling():
            telling.cancel()
        if draft:
            draft.show(greeting + text)

    return show


def _call(message: IncomingMessage, words: tuple[str, ...]) -> CommandCall:
    return CommandCall(
        platform=message.platform,
        conversation=message.conversation,
        author_id=message.author_id,
        is_admin=message.is_admin,
        is_direct=message.is_direct,
        words=words,
    )
