"""Brings answers to LINE at no cost: by reply token, by the next token the chat gives, by push only within the budget.

Knows tokens, doubt and patience. Does not know events, nor what an answer says.

An attempt whose outcome is unknown is repeated with the same token: a token works once, so "invalid" after such an
attempt means that it arrived or never can, and in either case nothing may be sent another way.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, auto
from typing import Protocol
from uuid import UUID

from bot.i18n import Sentences
from bot.platforms.base import LAST_CALL_S, Delivered, Delivery, DeliveryFailed, DeliveryRefused
from bot.platforms.line.budget import PushBudget
from bot.platforms.line.chats import Chat, Chats, Question
from bot.platforms.line.incoming import ReplyTo
from bot.platforms.line.sending import (
    Button,
    LineApi,
    MonthUsedUp,
    OutcomeUnknown,
    Parcel,
    Refused,
    TokenInvalid,
    TryLater,
)

log = logging.getLogger(__name__)

FETCH_ANSWER = "answer"
PUSHED = "push"
"""Noted of a delivery that goes by push; no reply token looks like it."""

AT_ONCE_S = 0.05
PLACE_S = 2.0
"""How long a notice waits for what it could tell about the place in line; its token runs out."""
WAIT_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """``notice_after_s``: when an unused token is spent on a button instead, while LINE surely still takes it (1 min).

    ``pauses_s``: between repeated calls. ``last_call_s``: how long a door that closes waits for deliveries in progress.
    """

    notice_after_s: float = 45.0
    pauses_s: tuple[float, ...] = (0.5, 2.0)
    last_call_s: float = LAST_CALL_S


class Notes(Protocol):
    """What must be known after a crash: the ``Outbox``."""

    async def note(self, key: UUID, note: str | None) -> None:
        """Write down how a delivery is tried."""

    async def claim(self, token: str, key: UUID | None) -> bool:
        """Keep a token for a delivery, or with None for a notice; False where it is another's."""


class Said(Enum):
    """Whether a sentence was shown, as far as LINE let the bot know."""

    YES = auto()
    MAYBE = auto()
    NO = auto()


class Courier:
    """Delivers answers and the bot's own short notices, all under the name that ``speaker`` returns.

    ``notes`` keeps by which token a delivery is tried, or that it is pushed, before that is done.
    """

    def __init__(
        self,
        *,
        api: LineApi,
        chats: Chats,
        budget: PushBudget,
        notes: Notes,
        sentences: Sentences,
        speaker: Callable[[], str | None],
        patience: Patience,
    ) -> None:
        self._api = api
        self._chats = chats
        self._budget = budget
        self._notes = notes
        self._sentences = sentences
        self._speaker = speaker
        self._patience = patience

    async def deliver(self, delivery: Delivery) -> Delivered:
        """Bring one answer. Raises DeliveryFailed to be called again, DeliveryRefused to give it up."""
        message = delivery.message
        chat = self._chats.open(message.conversation_id)
        question = chat.questions.get(message.key) or self._recall(chat, delivery)
        try:
            delivered = await self._try(delivery, chat, question)
        except DeliveryRefused:
            self._chats.settle(message)
            raise
        self._chats.settle(message)
        return delivered

    def _recall(self, chat: Chat, delivery: Delivery) -> Question:
        """Open a question that was accepted in an earlier life; what an attempt noted in that life did is unknown."""
        question = Question(
            delivery.message.message_id,
            token=None if delivery.note == PUSHED else delivery.note,
            is_doubtful=delivery.note is not None,
            is_pushed=delivery.note == PUSHED,
        )
        reply_to = ReplyTo.decode(delivery.message.reply_to)
        if reply_to and chat.add_token(reply_to.token):
            question.token = question.token or reply_to.token
            chat.take_token(question.token)
        chat.questions[delivery.message.key] = question
        return question

    async def _try(self, delivery: Delivery, chat: Chat, question: Question) -> Delivered:
        if question.is_pushed:
            return await self._push(delivery, question)
        if question.is_doubtful and question.token is None:
            raise DeliveryRefused("An earlier attempt may have arrived, and its token is gone.")
        question.token = question.token or self._take_token(delivery, chat)
        if question.token is None and await self._may_push(delivery, chat):
            return await self._push(delivery, question)
        if question.token is None:
            chat.has_token.clear()
            sentence = "The answer waits for the chat's next reply token."
            raise DeliveryFailed(sentence, WAIT_S, retry_when=chat.has_token, may_have_arrived=False)
        return await self._reply(delivery, chat, question)

    def _take_token(self, delivery: Delivery, chat: Chat) -> str | None:
        """Prefer the question's own token: after a crash it is the one that tells whether the answer arrived."""
        reply_to = ReplyTo.decode(delivery.message.reply_to)
        own = chat.take_token(reply_to.token) if reply_to else None
        return own or chat.take_token()

    async def _reply(self, delivery: Delivery, chat: Chat, question: Question) -> Delivered:
        button = self._button() if chat.num_unserved > 0 else None
        try:
            ids = await self._insist(question, self._parcel(delivery, button), delivery.key)
        except TokenInvalid:
            return await self._without_token(delivery, question)
        except (OutcomeUnknown, TryLater) as problem:
            raise DeliveryFailed(str(problem), may_have_arrived=question.is_doubtful) from None
        except Refused as problem:
            raise DeliveryRefused(str(problem)) from None
        chat.has_button = button is not None
        return Delivered(ids)

    def _parcel(self, delivery: Delivery, button: Button | None = None) -> Parcel:
        reply_to = ReplyTo.decode(delivery.message.reply_to)
        return Parcel(
            texts=delivery.pieces,
            quote_token=reply_to.quote_token if reply_to else None,
            button=button,
            sticker=reply_to.sticker if reply_to else None,
            speaker=self._speaker(),
        )

    async def _insist(self, question: Question, parcel: Parcel, key: UUID | None = None) -> tuple[str, ...]:
        """Reply, again and again with the same token while that can help; the last problem is raised."""
        for pause_s in self._patience.pauses_s:
            with contextlib.suppress(OutcomeUnknown, TryLater):
                return await self._reply_once(question, parcel, key)
            await asyncio.sleep(pause_s)
        return await self._reply_once(question, parcel, key)

    async def _reply_once(self, question: Question, parcel: Parcel, key: UUID | None) -> tuple[str, ...]:
        """Reply with a token that is ``key``'s alone. A kill between note and call leaves doubt: nothing slow there."""
        assert question.token
        await self._api.ready()
        if not question.is_doubtful and not await self._notes.claim(question.token, key):
            raise TokenInvalid("The reply token is another's.")
        try:
            return await self._api.reply(question.token, parcel)
        except OutcomeUnknown:
            question.is_doubtful = True
            raise
        except TryLater:
            if key and not question.is_doubtful:  # LINE surely did nothing, and a later life must not wonder
                await self._notes.note(key, None)
            raise

    async def _without_token(self, delivery: Delivery, question: Question) -> Delivered:
        question.token = None
        if not question.is_doubtful:
            await self._notes.note(delivery.key, None)
            raise DeliveryFailed("The reply token had expired.", AT_ONCE_S, may_have_arrived=False)
        log.warning("%s: an earlier attempt arrived, or its token expired", delivery.message.key)
        return Delivered()

    async def _may_push(self, delivery: Delivery, chat: Chat) -> bool:
        """A push is the last resort: in 1:1 chats, when there is no button to fetch the answer at no cost."""
        if not delivery.message.is_direct or chat.has_button:
            return False
        if not await self._budget.take(delivery.key, datetime.now(UTC)):
            return False
        try:
            left = await self._api.num_pushes_left()
        except (OutcomeUnknown, TryLater, Refused) as problem:
            log.warning("quota unknown: %s", problem)
            left = 0
        if left == 0:
            self._budget.give_back(delivery.key)
        return left != 0

    async def _push(self, delivery: Delivery, question: Question) -> Delivered:
        question.is_pushed = True
        await self._notes.note(delivery.key, PUSHED)
        try:
            ids = await self._api.push(delivery.message.conversation_id, self._parcel(delivery), delivery.key)
        except MonthUsedUp as problem:
            question.is_pushed = False
            await self._notes.note(delivery.key, None)
            self._budget.close(datetime.now(UTC))
            raise DeliveryFailed(str(problem), AT_ONCE_S, may_have_arrived=question.is_doubtful) from None
        except (OutcomeUnknown, TryLater) as problem:
            question.is_doubtful |= isinstance(problem, OutcomeUnknown)
            raise DeliveryFailed(str(problem), may_have_arrived=question.is_doubtful) from None
        except Refused as problem:
            self._budget.give_back(delivery.key)
            raise DeliveryRefused(str(problem)) from None
        return Delivered(ids, num_pushes=1)

    async def watch(self, chat: Chat, token: str, age_s: float = 0.0) -> None:
        """Before ``token`` expires unused, spend it on a button that fetches the answer with a token of its own."""
        await asyncio.sleep(self._patience.notice_after_s - age_s)
        place = await _place(chat, token)
        if chat.take_token(token) is None or chat.num_unserved <= 0:
            return
        chat.has_button = True
        if await self.say(token, "late", self._button(), before=place) is Said.NO:
            chat.has_button = False

    async def say(self, token: str, key: str, button: Button | None = None, before: str = "") -> Said:
        """Say one of the bot's own sentences, behind another one, if it can be done."""
        attempt = Question(message_id=None, token=token)
        parcel = Parcel(texts=(before + self._sentences.say(key),), button=button, speaker=self._speaker())
        try:
            await self._insist(attempt, parcel)
        except (TokenInvalid, OutcomeUnknown, TryLater, Refused) as problem:
            log.warning("notice %s not delivered: %s", key, problem)
            return Said.MAYBE if attempt.is_doubtful else Said.NO
        return Said.YES

    async def show_loading(self, user_id: str) -> None:
        """Show the loading animation if it can be done."""
        try:
            await self._api.show_loading(user_id)
        except (OutcomeUnknown, TryLater, Refused) as problem:
            log.warning("no loading animation: %s", problem)

    async def mark_as_read(self, token: str) -> None:
        """Show that a message was read, if it can be done."""
        try:
            await self._api.mark_as_read(token)
        except (OutcomeUnknown, TryLater, Refused) as problem:
            log.warning("not marked as read: %s", problem)

    def _button(self) -> Button:
        return Button(self._sentences.say("show_answer"), FETCH_ANSWER)


async def _place(chat: Chat, token: str) -> str:
    """Return, on a line of its own, what whoever gave the token waits for; "" where nothing is to be told in time."""
    tell = chat.places.get(token) or next(iter(chat.places.values()), None)
    if tell is None:
        return ""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PLACE_S):
            return f"{told}\n" if (told := await tell()) else ""
    return ""
