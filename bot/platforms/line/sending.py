"""Calls LINE's messaging API through line-bot-sdk, and says in a few words how a call went wrong.

Knows the SDK and LINE's errors. Does not know when to reply, when to try again or what a message means.

The SDK takes about a second of CPU to import (see ``sdk``), so it is imported off the event loop while the webhook is
open; the first call waits for it. Its models are strict: a 2xx that they cannot read was carried out all the same.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import aiohttp

from bot.platforms.line.sdk import load_sdk

log = logging.getLogger(__name__)

CALL_TIMEOUT_S = 6.0
LOADING_S = 60  # LINE's longest; covers the minute in which a reply token is good
MAX_MESSAGES = 5


class TokenInvalid(Exception):
    """The reply token was used before or has expired."""


class OutcomeUnknown(Exception):
    """LINE may or may not have carried the call out: no answer in time, broken connection or 5xx."""


class TryLater(Exception):
    """LINE did nothing and may do it later."""


class Refused(Exception):
    """LINE did nothing and never will."""


class MonthUsedUp(Refused):
    """LINE pushes nothing more this month."""


class AccessTokenRejected(TryLater):
    """LINE does not accept the channel access token, until an operator puts a new one."""


@dataclass(frozen=True, slots=True)
class Button:
    """A quick reply under the last message; pressing it sends ``data`` back as a postback."""

    label: str
    data: str


@dataclass(frozen=True, slots=True)
class Sticker:
    """One of the stickers that LINE lets bots send."""

    package_id: str
    sticker_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """What one call shows: 1 to 5 ``texts`` of at most 5000 UTF-16 units, the first of them quoting a message.

    ``sticker`` follows them where there is room; ``speaker`` is the name shown, of at most 20 characters.
    """

    texts: tuple[str, ...]
    quote_token: str | None = None
    button: Button | None = None
    sticker: Sticker | None = None
    speaker: str | None = None


class LineApi:
    """The calls this bot makes. Every method raises the errors above and no other."""

    def __init__(self, access_token: str, url: str | None) -> None:
        self._access_token = access_token
        self._url = url
        self._client: Any = None
        self._sdk: asyncio.Future[Any] = asyncio.ensure_future(asyncio.to_thread(load_sdk))
        self.is_open = True

    async def ready(self) -> None:
        """Return when a call is made at once."""
        await self._sdk

    async def reply(self, token: str, parcel: Parcel) -> tuple[str, ...]:
        """Show a parcel in the chat the token comes from and return the message ids. Costs nothing."""
        sdk = await self._sdk
        request = sdk.ReplyMessageRequest(reply_token=token, messages=_messages(sdk, parcel))
        return _sent_ids(await self._call("reply_message", request))

    async def push(self, chat_id: str, parcel: Parcel, key: UUID) -> tuple[str, ...]:
        """Show a parcel without a token; the same ``key`` is never shown twice. Costs one of the month's messages."""
        sdk = await self._sdk
        request = sdk.PushMessageRequest(to=chat_id, messages=_messages(sdk, parcel))
        try:
            return _sent_ids(await self._call("push_message", request, x_line_retry_key=str(key)))
        except _AlreadyAccepted as first:
            return first.message_ids

    async def show_loading(self, user_id: str) -> None:
        """Show the loading animation until a message arrives, at most a minute; LINE has it in 1:1 chats only."""
        request = (await self._sdk).ShowLoadingAnimationRequest(chat_id=user_id, loading_seconds=LOADING_S)
        await self._call("show_loading_animation", request)

    async def mark_as_read(self, token: str) -> None:
        """Show the author that their message was read; the token came with it and does not expire."""
        request = (await self._sdk).MarkMessagesAsReadByTokenRequest(mark_as_read_token=token)
        await self._call("mark_messages_as_read_by_token", request)

    async def check_access_token(self) -> None:
        """Raise AccessTokenRejected when LINE does not know the token."""
        await self._call("get_bot_info")

    async def num_pushes_left(self) -> int | None:
        """Return how many pushes LINE still allows this month; None when there is no limit."""
        quota = await self._call("get_message_quota")
        if quota is not None and quota.type != "limited":
            return None
        used = await self._call("get_message_quota_consumption")
        if quota is None or used is None:
            raise OutcomeUnknown("LINE's quota could not be read.")
        return max(0, int(quota.value or 0) - int(used.total_usage))

    async def close(self) -> None:
        """Refuse further calls and close what is open."""
        self.is_open = False
        await asyncio.wait((self._sdk,))  # a thread that imports cannot be stopped, and who waits for it must go on
        if self._client is not None:
            await self._client.close()

    async def _call(self, method: str, *arguments: Any, **named: Any) -> Any:
        """Return the SDK's model of LINE's answer; None when the call was carried out and the answer is unreadable."""
        sdk = await self._sdk
        if not self.is_open:
            raise TryLater("The LINE door is closing.")
        if self._client is None:
            self._client = sdk.AsyncApiClient(sdk.Configuration(access_token=self._access_token, host=self._url))
        call = getattr(sdk.AsyncMessagingApi(self._client), method)
        try:
            return await call(*arguments, _request_timeout=CALL_TIMEOUT_S, **named)
        except aiohttp.ClientConnectorError as error:  # never connected, so nothing was done
            raise TryLater(f"LINE cannot be reached ({type(error).__name__}).") from None
        except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
            raise OutcomeUnknown(f"LINE's answer did not arrive ({type(error).__name__}).") from None
        except ValueError:  # pydantic's, so LINE did answer with a 2xx
            log.warning("LINE's answer to %s has a form the SDK does not know", method)
            return None
        except sdk.ApiException as error:
            request_id = (error.headers or {}).get("x-line-request-id")
            log.info("LINE answered %d to %s, request %s", error.status, method, request_id)
            raise _failure(error.status, _fields(error.body)) from None


@asynccontextmanager
async def open_api(access_token: str, api_url: str | None) -> AsyncIterator[LineApi]:
    """Open the API; ``api_url`` replaces LINE's own host."""
    api = LineApi(access_token, api_url)
    try:
        yield api
    finally:
        await api.close()


class _AlreadyAccepted(Exception):
    """LINE has seen this retry key before: the first call arrived, which is what was wanted."""

    def __init__(self, message_ids: tuple[str, ...]) -> None:
        super().__init__("The retry key was accepted before.")
        self.message_ids = message_ids


def _messages(sdk: Any, parcel: Parcel) -> list[Any]:
    """Plain ``text`` messages: they mention nobody, and braces in them mean nothing."""
    messages = [sdk.TextMessage(text=text) for text in parcel.texts]
    messages[0].quote_token = parcel.quote_token
    if parcel.sticker and len(messages) < MAX_MESSAGES:
        ids = {"package_id": parcel.sticker.package_id, "sticker_id": parcel.sticker.sticker_id}
        messages.append(sdk.StickerMessage(**ids))
    if button := parcel.button:
        action = sdk.PostbackAction(label=button.label, data=button.data, display_text=button.label)
        messages[-1].quick_reply = sdk.QuickReply(items=[sdk.QuickReplyItem(action=action)])
    if parcel.speaker:
        for message in messages:
            message.sender = sdk.Sender(name=parcel.speaker)
    return messages


def _failure(status: int, fields: Mapping[str, Any]) -> Exception:
    reason = str(fields.get("message", "no reason given"))
    if status == 409:
        return _AlreadyAccepted(tuple(str(sent["id"]) for sent in fields.get("sentMessages", ())))
    if status == 400 and "reply token" in reason.lower():
        return TokenInvalid("The reply token was used before or has expired.")
    if status == 401:
        return AccessTokenRejected("LINE rejects the access token; check LINE_CHANNEL_ACCESS_TOKEN.")
    if status == 429 and "monthly" in reason.lower():
        return MonthUsedUp("LINE pushes nothing more this month.")
    if status == 429:
        return TryLater("LINE asks to send less often.")
    if status >= 500:
        return OutcomeUnknown(f"LINE answered {status}.")
    return Refused(f"LINE answered {status}: {reason}")


def _fields(body: Any) -> Mapping[str, Any]:
    try:
        decoded = json.loads(body)
    except (TypeError, ValueError):
        return {}
    return decoded if isinstance(decoded, dict) else {}


def _sent_ids(response: Any) -> tuple[str, ...]:
    """Return the ids of what is shown now; none when LINE's answer does not say, for the call was carried out."""
    return tuple(message.id for message in response.sent_messages) if response is not None else ()
