"""Calls LINE's messaging API through line-bot-sdk, and says in four words how a call went wrong.

Knows the SDK and LINE's errors. Does not know when to reply, when to try again or what a message means.

The SDK takes about two seconds to import, so it is imported when the API is opened, off the event loop.
"""

import asyncio
import importlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

import aiohttp

CALL_TIMEOUT_S = 6.0
LOADING_S = 60  # LINE's longest; covers the minute in which a reply token is good
SDK = "linebot.v3.messaging"
Result = TypeVar("Result")


class TokenInvalid(Exception):
    """The reply token was used before or has expired."""


class OutcomeUnknown(Exception):
    """LINE may or may not have carried the call out: no answer in time, broken connection or 5xx."""


class TryLater(Exception):
    """LINE did nothing and may do it later."""


class Refused(Exception):
    """LINE did nothing and never will."""


class AccessTokenRejected(TryLater):
    """LINE does not accept the channel access token, until an operator puts a new one."""


@dataclass(frozen=True, slots=True)
class Button:
    """A quick reply under the last message; pressing it sends ``data`` back as a postback."""

    label: str
    data: str


@dataclass(frozen=True, slots=True)
class Parcel:
    """What one call shows: 1 to 5 ``texts`` of at most 5000 UTF-16 units, the first of them quoting a message."""

    texts: tuple[str, ...]
    quote_token: str | None = None
    button: Button | None = None


class LineApi:
    """The calls this bot makes. Every method raises the errors above and no other."""

    def __init__(self, sdk: Any, messaging: Any) -> None:
        self._sdk = sdk
        self._messaging = messaging
        self.is_open = True

    async def reply(self, token: str, parcel: Parcel) -> tuple[str, ...]:
        """Show a parcel in the chat the token comes from and return the message ids. Costs nothing."""
        request = self._sdk.ReplyMessageRequest(reply_token=token, messages=self._messages(parcel))
        return _sent_ids(await self._call(self._messaging.reply_message, request))

    async def push(self, chat_id: str, parcel: Parcel, key: UUID) -> tuple[str, ...]:
        """Show a parcel without a token; the same ``key`` is never shown twice. Costs one of the month's messages."""
        request = self._sdk.PushMessageRequest(to=chat_id, messages=self._messages(parcel))
        try:
            return _sent_ids(await self._call(self._messaging.push_message, request, x_line_retry_key=str(key)))
        except _AlreadyAccepted as first:
            return first.message_ids

    async def show_loading(self, user_id: str) -> None:
        """Show the loading animation until a message arrives, at most a minute; LINE has it in 1:1 chats only."""
        request = self._sdk.ShowLoadingAnimationRequest(chat_id=user_id, loading_seconds=LOADING_S)
        await self._call(self._messaging.show_loading_animation, request)

    async def check_access_token(self) -> None:
        """Raise AccessTokenRejected when LINE does not know the token."""
        await self._call(self._messaging.get_bot_info)

    async def num_pushes_left(self) -> int | None:
        """Return how many pushes LINE still allows this month; None when there is no limit."""
        quota = await self._call(self._messaging.get_message_quota)
        if quota.type != "limited":
            return None
        used = await self._call(self._messaging.get_message_quota_consumption)
        return max(0, int(quota.value or 0) - int(used.total_usage))

    def _messages(self, parcel: Parcel) -> list[Any]:
        """Plain ``text`` messages only: they mention nobody, and braces in them mean nothing."""
        messages = [self._sdk.TextMessage(text=text) for text in parcel.texts]
        messages[0].quote_token = parcel.quote_token
        if button := parcel.button:
            action = self._sdk.PostbackAction(label=button.label, data=button.data, display_text=button.label)
            messages[-1].quick_reply = self._sdk.QuickReply(items=[self._sdk.QuickReplyItem(action=action)])
        return messages

    async def _call(self, method: Callable[..., Awaitable[Result]], *arguments: Any, **named: Any) -> Result:
        if not self.is_open:
            raise TryLater("The LINE door is closing.")
        try:
            return await method(*arguments, _request_timeout=CALL_TIMEOUT_S, **named)
        except aiohttp.ClientConnectorError as error:  # never connected, so nothing was done
            raise TryLater(f"LINE cannot be reached ({type(error).__name__}).") from None
        except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
            raise OutcomeUnknown(f"LINE's answer did not arrive ({type(error).__name__}).") from None
        except ValueError:  # pydantic's, so LINE did answer with a 2xx
            raise OutcomeUnknown("LINE's answer could not be read.") from None
        except self._sdk.ApiException as error:
            raise _failure(error.status, _fields(error.body)) from None


@asynccontextmanager
async def open_api(access_token: str, api_url: str | None) -> AsyncIterator[LineApi]:
    """Open the API; ``api_url`` replaces LINE's own host."""
    sdk = await asyncio.to_thread(importlib.import_module, SDK)
    async with sdk.AsyncApiClient(sdk.Configuration(access_token=access_token, host=api_url)) as client:
        api = LineApi(sdk, sdk.AsyncMessagingApi(client))
        try:
            yield api
        finally:
            api.is_open = False


class _AlreadyAccepted(Exception):
    """LINE has seen this retry key before: the first call arrived, which is what was wanted."""

    def __init__(self, message_ids: tuple[str, ...]) -> None:
        super().__init__("The retry key was accepted before.")
        self.message_ids = message_ids


def _failure(status: int, fields: Mapping[str, Any]) -> Exception:
    reason = str(fields.get("message", "no reason given"))
    if status == 409:
        return _AlreadyAccepted(tuple(str(sent["id"]) for sent in fields.get("sentMessages", ())))
    if status == 400 and "reply token" in reason.lower():
        return TokenInvalid("The reply token was used before or has expired.")
    if status == 401:
        return AccessTokenRejected("LINE rejects the access token; check LINE_CHANNEL_ACCESS_TOKEN.")
    if status == 429 and "monthly" not in reason.lower():
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
    return tuple(message.id for message in response.sent_messages)
