"""LINE's door: takes webhooks in, hands messages to the inbox, brings answers back.

Knows which event leads to what. Does not know how a call is made (``sending``) or what an answer costs (``courier``).
"""

import asyncio
import logging
import socket
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.current import CurrentCheckpoint
from bot.i18n import Sentences
from bot.inbox import Inbox
from bot.message import IncomingMessage, Platform
from bot.outbox import Outbox
from bot.platforms.base import Delivered, Delivery, DeliveryFailed, DoorClosed, PieceLimits
from bot.platforms.http import serve
from bot.platforms.line.budget import PushBudget
from bot.platforms.line.chats import Chats
from bot.platforms.line.courier import FETCH_ANSWER, Courier, Patience, Said
from bot.platforms.line.events import Event, Message, Postback, Source, Unsend, Webhook
from bot.platforms.line.incoming import ReplyTo, translate, words_of
from bot.platforms.line.kinds import Does, what_to_do
from bot.platforms.line.sending import AccessTokenRejected, LineApi, OutcomeUnknown, Refused, TryLater, open_api
from bot.platforms.line.webhook import webhook_app
from bot.platforms.port import bind
from bot.policy import Policy
from bot.settings import Settings
from bot.talk import Talk
from model.persona import PersonaError

log = logging.getLogger(__name__)

LIMITS = PieceLimits(max_units=5000, pieces_per_delivery=5, max_pieces=5)
MAX_AGE = timedelta(hours=24)
"""An answer is worth nothing after this time, and the inbox may have forgotten what it answered before."""
MAX_UNSENT = 1000
"""Messages taken back before they arrived; webhooks may overtake each other."""
MAX_NAME_CHARS = 16
"""LINE shows names of up to 20 characters; four of them say that this is an AI."""


class LineDoor:
    """A ``PlatformDoor`` for one LINE Official Account."""

    def __init__(
        self,
        settings: Settings,
        *,
        inbox: Inbox,
        outbox: Outbox,
        talk: Talk,
        policy: Policy,
        current: CurrentCheckpoint,
        sentences: Sentences,
        patience: Patience | None = None,
    ) -> None:
        self._settings = settings
        self._inbox = inbox
        self._outbox = outbox
        self._talk = talk
        self._policy = policy
        self._current = current
        self._sentences = sentences
        self._patience = patience or Patience()
        self._chats = Chats()
        self._unsent: deque[str] = deque(maxlen=MAX_UNSENT)
        self._budget = PushBudget(settings.line_push_budget, lambda since: outbox.num_pushes(Platform.LINE, since))
        self._courier: Courier | None = None
        self._delivering: set[asyncio.Task[Any]] = set()
        self._group: asyncio.TaskGroup | None = None
        self._is_open = asyncio.Event()
        self.port: int | None = None

    @property
    def platform(self) -> Platform:
        """LINE."""
        return Platform.LINE

    @property
    def limits(self) -> PieceLimits:
        """One reply of at most five messages, since a token works once."""
        return LIMITS

    @property
    def greets(self) -> bool:
        """New friends and groups are greeted."""
        return True

    async def run(self) -> None:
        """Serve the webhook until cancelled. Raises DoorClosed for a wrong token, a missing secret or a taken port."""
        token, secrets = self._settings.line_channel_access_token, self._settings.line_channel_secret
        if not token or not secrets:
            raise DoorClosed("LINE needs both LINE_CHANNEL_ACCESS_TOKEN and LINE_CHANNEL_SECRET; set them in .env.")
        with bind(self._settings.line_port, what="the LINE webhook", setting="LINE_PORT") as listener:
            async with open_api(token.get_secret_value(), self._settings.line_api_url) as api:
                try:
                    await self._serve(api, secrets, listener)
                except* DoorClosed as closed:
                    raise closed.exceptions[0] from None
                finally:
                    if self._delivering:
                        await asyncio.wait(self._delivering, timeout=self._patience.last_call_s)

    async def _serve(self, api: LineApi, secrets: tuple[str, ...], listener: socket.socket) -> None:
        try:
            async with asyncio.TaskGroup() as self._group:
                self._courier = Courier(
                    api=api,
                    chats=self._chats,
                    budget=self._budget,
                    notes=self._outbox,
                    sentences=self._sentences,
                    speaker=lambda: _badge(self._current),
                    patience=self._patience,
                )
                self._group.create_task(self._open(api, listener))
                await serve(webhook_app(secrets, self.take), listener)
        finally:
            self._is_open.clear()
            self._courier = self._group = self.port = None

    async def _open(self, api: LineApi, listener: socket.socket) -> None:
        """Call the door open once the token is known to be good. Webhooks are taken before, for LINE waits 2 s only."""
        await _check(api)
        self.port = listener.getsockname()[1]
        log.info("webhook open on port %d", self.port)
        self._is_open.set()

    async def deliver(self, delivery: Delivery) -> Delivered:
        """Bring an answer to its chat; see ``Courier``."""
        if self._courier is None:
            raise DeliveryFailed("The LINE door is not open.", retry_when=self._is_open, may_have_arrived=False)
        if task := asyncio.current_task():
            self._delivering.add(task)
            task.add_done_callback(self._delivering.discard)
        return await self._courier.deliver(delivery)

    @asynccontextmanager
    async def working(self, message: IncomingMessage) -> AsyncIterator[None]:
        """Mark as read, and show the loading animation; LINE has it in 1:1 chats only, and ends it with the answer."""
        reply_to = ReplyTo.decode(message.reply_to)
        if self._courier and reply_to and reply_to.read_token:
            self._start(self._courier.mark_as_read(reply_to.read_token))
        if self._courier and message.is_direct:
            self._start(self._courier.show_loading(message.author_id))
        if self._courier and not self._chats.is_expected(message):
            self._recall(self._courier, message)
        yield

    @asynccontextmanager
    async def notice(self, message: IncomingMessage, sentence: Callable[[], Awaitable[str]]) -> AsyncIterator[None]:
        """Put ``sentence`` in front of the notice that an answer is late; a message of its own would cost the token."""
        chat, reply_to = self._chats.find(message.conversation_id), ReplyTo.decode(message.reply_to)
        places = chat.places if chat else {}
        if reply_to:
            places[reply_to.token] = sentence
        try:
            yield
        finally:
            if reply_to:
                places.pop(reply_to.token, None)

    def _recall(self, courier: Courier, message: IncomingMessage) -> None:
        """Open a question accepted in an earlier life; no attempt to answer it was begun, so its token is unused."""
        chat, reply_to = self._chats.expect(message), ReplyTo.decode(message.reply_to)
        if reply_to and chat.add_token(reply_to.token):
            age_s = (datetime.now(UTC) - message.sent_at).total_seconds()
            self._start(courier.watch(chat, reply_to.token, age_s))

    async def take(self, webhook: Webhook) -> None:
        """Take the events of one webhook in; returns when every message for us is stored."""
        if webhook.num_unreadable:
            log.warning("%d unreadable events in a webhook", webhook.num_unreadable)
        for event in webhook.events:
            await self._take(event)

    async def _take(self, event: Event) -> None:
        match event:
            case Event(type="unsend", content=Unsend(message_id), source=Source() as source):
                await self._withdraw(source, message_id)
            case Event(is_active=False) | Event(source=None):
                log.info("event %s of type %.40r is not for us", event.event_id, event.type)
            case Event(content=Message()) if datetime.now(UTC) - event.at > MAX_AGE:
                log.warning("message %s is older than %s and ignored", event.event_id, MAX_AGE)
            case Event(source=Source() as source):
                await self._do(what_to_do(event.type), event, source)

    async def _do(self, what: Does, event: Event, source: Source) -> None:
        match what, event.content:
            case Does.TAKE, Message() as message:
                await self._take_message(event, message, source)
            case Does.EDIT, Message() as message:
                await self._edit(event, message, source)
            case Does.PRESS, Postback(data) if data == FETCH_ANSWER:
                await self._fetch_answer(event, source)
            case Does.FORGET, _:
                await self._forget(source)
            case Does.GREET, _ if event.type == "follow":
                self._say(event, "follow_greeting")
            case Does.GREET, _ if event.reply_token:
                self._start(self._greet_group(event.reply_token, source))
            case _:
                self._offer_token(event, source)
                log.info("event %s of type %.40r needs nothing", event.event_id, event.type)

    async def _take_message(self, event: Event, content: Message, source: Source) -> None:
        if content.message_id in self._unsent:
            return
        is_quoting_us = content.quoted_id is not None and await self._outbox.is_ours(Platform.LINE, content.quoted_id)
        message = translate(event, is_quoting_us=is_quoting_us, admin_ids=self._settings.line_admin_ids)
        if message and self._policy.is_for_us(message):
            if await self._inbox.accept(message):
                self._chats.expect(message)
            self._offer_token(event, source)
            return
        has_use = self._offer_token(event, source)
        if source.is_direct and not has_use:
            self._say(event, "text_only")
        elif message and not source.is_direct:
            await self._talk.keep(message)

    async def _edit(self, event: Event, content: Message, source: Source) -> None:
        """Let an edit reach what is known of the message; one that was not for us before may be now."""
        words = words_of(content)
        if await self._inbox.revise(Platform.LINE, content.message_id, words, event.at):
            self._offer_token(event, source)
            return
        was_talk = await self._talk.edit(Platform.LINE, content.message_id, words, event.at)
        message = translate(event, is_quoting_us=False, admin_ids=())
        if message and self._policy.is_for_us(message):
            await self._talk.forget(Platform.LINE, content.message_id)
            await self._take_message(event, content, source)
        elif not was_talk:
            self._offer_token(event, source)

    async def _withdraw(self, source: Source, message_id: str) -> None:
        """Forget a message. The inbox comes first: whoever the chat wakes must find nothing to deliver there."""
        is_known = await self._inbox.withdraw(Platform.LINE, message_id)
        self._chats.withdraw(source.chat_id, message_id)
        if not await self._talk.forget(Platform.LINE, message_id) and not is_known:
            self._unsent.append(message_id)

    async def _forget(self, source: Source) -> None:
        """The author blocked the bot, or the group sent it away: nothing of theirs is kept or answered."""
        await self._inbox.forget_conversation(f"{Platform.LINE}:{source.chat_id}")
        for message_id in self._chats.message_ids(source.chat_id):
            self._chats.withdraw(source.chat_id, message_id)

    async def _fetch_answer(self, event: Event, source: Source) -> None:
        """Bring what waits; just after a start the inbox knows of answers that have not asked for a token yet."""
        if f"{Platform.LINE}:{source.chat_id}" in await self._inbox.unfinished_conversations():
            self._chats.open(source.chat_id)
        if not self._offer_token(event, source):
            self._say(event, "nothing_waits")

    async def _greet_group(self, token: str, source: Source) -> None:
        """Say who joined and that it reads along; only when that was surely shown does it."""
        if self._courier and await self._courier.say(token, "join_greeting") is Said.YES:
            await self._talk.tell(f"{Platform.LINE}:{source.chat_id}")

    def _offer_token(self, event: Event, source: Source) -> bool:
        """Keep the event's token where an answer may need it; False where nothing waits."""
        chat = self._chats.find(source.chat_id)
        if chat is None:
            return False
        if self._courier and event.reply_token and chat.add_token(event.reply_token):
            self._start(self._courier.watch(chat, event.reply_token))
        return True

    def _say(self, event: Event, key: str) -> None:
        if self._courier and event.reply_token:
            self._start(self._courier.say(event.reply_token, key))

    def _start(self, work: Coroutine[Any, Any, object]) -> None:
        if self._group:
            self._group.create_task(work)


async def _check(api: LineApi) -> None:
    try:
        await api.check_access_token()
    except AccessTokenRejected as problem:
        raise DoorClosed(str(problem)) from None
    except (TryLater, OutcomeUnknown, Refused) as problem:
        log.warning("the access token could not be checked: %s", problem)


def _badge(current: CurrentCheckpoint) -> str | None:
    """Return the name shown above what the bot says; None when LINE would not allow it, or nobody knows it."""
    try:
        name = current.read().persona.name
    except PersonaError:
        return None
    return None if "line" in name.lower() else f"{name[:MAX_NAME_CHARS]}（AI）"
