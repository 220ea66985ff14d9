"""What every platform's door offers, and what it is handed. Knows no platform.

Life of a message
1. A door verifies an event, translates it into an ``IncomingMessage`` and asks ``policy.is_for_us(message)``.
   What is not for the bot is neither stored nor answered.
2. ``await inbox.accept(message)`` stores it, unique by event id; False means it was seen before. Only when this has
   returned does the door acknowledge the event. The door does nothing else: it neither thinks nor answers.
3. The ``responder`` takes the turn: in order within one conversation, in parallel across conversations. While it
   composes it stays inside ``door.working(message)`` (typing indicator, loading animation, a draft that grows).
4. In one transaction the answer is cut into deliveries that stand in the **outbox**, the question is closed in the
   inbox and both go into the history. From here on the answer is never composed again.
5. ``await door.deliver(delivery)`` for each delivery, in order. It returns once the platform has confirmed, raises
   DeliveryFailed to be called again (same key) or DeliveryRefused to give it up.
6. After a crash, messages that wait are answered and deliveries that are open are delivered, with the same keys.
   ``num_attempts > 0`` says: an earlier attempt was begun, and the door did not say that it surely came to nothing.
   A door must then use what its platform has against doubling (Discord: the same nonce; LINE: the same token or
   retry key, which it has noted in the outbox before it used it).
7. ``await inbox.withdraw(platform, message_id)`` when the author deletes or unsends: forgets the text and the answer,
   cancels a running completion. Call it at once, not behind the answers. ``await inbox.revise(platform, message_id,
   text, at)`` when the author edits: what waits is answered anew.

``bot.service`` hands every door the settings and those parts it needs, imports its module only when its tokens are
set, and keeps ``run`` alive. A text that begins with ``/`` is an ordinary message
here: the responder answers it from the command table.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol, runtime_checkable
from uuid import UUID

from bot.message import IncomingMessage, Platform

LAST_CALL_S = 3.0
"""How long a bot that is stopped waits for deliveries in progress: a call cut off leaves doubt."""


class DoorClosed(Exception):
    """The door cannot open until a person changes something (a wrong token): one sentence that says what to do."""


class DeliveryFailed(Exception):
    """The platform did not take it now; trying again later makes sense, and at once when ``retry_when`` is set.

    ``may_have_arrived=False`` says that nothing of it surely did: the attempt is then not counted.
    """

    def __init__(
        self,
        message: str,
        retry_after_s: float | None = None,
        *,
        retry_when: asyncio.Event | None = None,
        may_have_arrived: bool = True,
    ) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
        self.retry_when = retry_when
        self.may_have_arrived = may_have_arrived


class DeliveryRefused(Exception):
    """The platform will never take it (blocked, no permission, token used up and no budget); say why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PieceLimits:
    """How text is cut for a platform: UTF-16 units in a piece, pieces in one delivery, pieces in one whole answer."""

    max_units: int
    pieces_per_delivery: int = 1
    max_pieces: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One call to a platform, for ``message``. ``key`` is the same in every attempt, also after a restart.

    ``note`` is what the door last wrote down about it (``Outbox.note``), for example by which token it tried.
    ``is_answer``: the persona said it and it is remembered, so that it can be rated; apologies and commands cannot.
    """

    key: UUID
    message: IncomingMessage
    pieces: tuple[str, ...]
    is_first: bool
    num_attempts: int
    note: str | None = None
    is_last: bool = True
    is_answer: bool = False


@dataclass(frozen=True, slots=True)
class Delivered:
    """The platform's ids of what it now shows, so that replies to it are recognised, and what it cost in pushes."""

    message_ids: tuple[str, ...] = ()
    num_pushes: int = 0


class Draft(Protocol):
    """An answer that can be read while it is being written."""

    def show(self, text: str) -> None:
        """Let the author read this much. Only what nothing is wrong with; at once and without waiting."""

    async def take_back(self) -> None:
        """Take away what was shown: the question is no longer asked. Raises nothing."""


@runtime_checkable
class TellingDoor(Protocol):
    """A door that can say something about a message which is not its answer, and take it away again."""

    def notice(
        self, message: IncomingMessage, sentence: Callable[[], Awaitable[str]]
    ) -> AbstractAsyncContextManager[None]:
        """After a while show ``sentence`` to whoever waits, unless it is empty, until left. Never raises."""


class PlatformDoor(Protocol):
    """A way in and out. Constructed without connecting; ``run`` and ``deliver`` live on the same event loop."""

    @property
    def platform(self) -> Platform:
        """Whose door this is."""

    @property
    def limits(self) -> PieceLimits:
        """How answers are cut here."""

    @property
    def greets(self) -> bool:
        """Whether authors here are told by other means, before the first answer, that it comes from an AI."""

    async def run(self) -> None:
        """Take events in until cancelled, then close everything it opened.

        Raises DoorClosed when only a person can help. Any other exception makes the service open the door again
        after a while; messages already accepted are not touched by that.
        """

    async def deliver(self, delivery: Delivery) -> Delivered:
        """Hand the pieces to the platform and wait for its confirmation, at most about 30 s.

        Raises DeliveryFailed (also while the door is not open yet) and DeliveryRefused; nothing else.
        """

    def working(self, message: IncomingMessage) -> AbstractAsyncContextManager[Draft | None]:
        """Show the author that an answer is being written, until left. Never raises, never delays.

        Yields where the answer can be read as it grows, None on platforms that have no such thing. What is shown there
        is replaced by the answer that is delivered.
        """
