"""Calls LINE's messaging API, and says in a few words how a call went wrong.

Knows LINE's HTTP and its errors. Does not know when to reply, when to try again or what a message means.

Eight calls over aiohttp, and not line-bot-sdk: importing the SDK takes two of the three seconds in which a restarted
bot has to answer, and its strict models turn an answer with a new field into an exception.
"""

import json
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import aiohttp

log = logging.getLogger(__name__)

LINE = "https://api.line.me"
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

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url.rstrip("/")
        self.is_open = True

    async def reply(self, token: str, parcel: Parcel) -> tuple[str, ...]:
        """Show a parcel in the chat the token comes from and return the message ids. Costs nothing."""
        body = {"replyToken": token, "messages": _messages(parcel)}
        return _sent_ids(await self._call("POST", "message/reply", body))

    async def push(self, chat_id: str, parcel: Parcel, key: UUID) -> tuple[str, ...]:
        """Show a parcel without a token; the same ``key`` is never shown twice. Costs one of the month's messages."""
        body = {"to": chat_id, "messages": _messages(parcel)}
        return _sent_ids(await self._call("POST", "message/push", body, {"X-Line-Retry-Key": str(key)}))

    async def show_loading(self, user_id: str) -> None:
        """Show the loading animation until a message arrives, at most a minute; LINE has it in 1:1 chats only."""
        await self._call("POST", "chat/loading/start", {"chatId": user_id, "loadingSeconds": LOADING_S})

    async def mark_as_read(self, token: str) -> None:
        """Show the author that their message was read; the token came with it and does not expire."""
        await self._call("POST", "chat/markAsRead", {"markAsReadToken": token})

    async def check_access_token(self) -> None:
        """Raise AccessTokenRejected when LINE does not know the token."""
        await self._call("GET", "info")

    async def num_pushes_left(self) -> int | None:
        """Return how many pushes LINE still allows this month; None when there is no limit."""
        quota = await self._call("GET", "message/quota")
        if quota.get("type") != "limited":
            return None
        used = await self._call("GET", "message/quota/consumption")
        return max(0, _number(quota, "value") - _number(used, "totalUsage"))

    async def _call(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> Mapping[str, Any]:
        if not self.is_open:
            raise TryLater("The LINE door is closing.")
        url = f"{self._url}/v2/bot/{path}"
        try:
            async with self._session.request(method, url, json=body, headers=headers) as response:
                status, fields = response.status, _fields(await response.read())
        except aiohttp.ClientConnectorError as error:  # never connected, so nothing was done
            raise TryLater(f"LINE cannot be reached ({type(error).__name__}).") from None
        except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
            raise OutcomeUnknown(f"LINE's answer did not arrive ({type(error).__name__}).") from None
        if status < 300 or status == 409:  # 409: this retry key was accepted before, which is what was wanted
            return fields
        log.info("LINE answered %d to %s, request %s", status, path, response.headers.get("x-line-request-id"))
        raise _failure(status, fields)


@asynccontextmanager
async def open_api(access_token: str, api_url: str | None) -> AsyncIterator[LineApi]:
    """Open the API; ``api_url`` replaces LINE's own host."""
    async with aiohttp.ClientSession(
        headers={"Authorization": f"Bearer {access_token}"},
        timeout=aiohttp.ClientTimeout(total=CALL_TIMEOUT_S),
        trust_env=True,
    ) as session:
        api = LineApi(session, api_url or LINE)
        try:
            yield api
        finally:
            api.is_open = False


def _messages(parcel: Parcel) -> list[dict[str, Any]]:
    """Plain ``text`` messages: they mention nobody, and braces in them mean nothing."""
    messages: list[dict[str, Any]] = [{"type": "text", "text": text} for text in parcel.texts]
    if parcel.quote_token:
        messages[0]["quoteToken"] = parcel.quote_token
    if parcel.sticker and len(messages) < MAX_MESSAGES:
        ids = {"packageId": parcel.sticker.package_id, "stickerId": parcel.sticker.sticker_id}
        messages.append({"type": "sticker", **ids})
    if button := parcel.button:
        action = {"type": "postback", "label": button.label, "data": button.data, "displayText": button.label}
        messages[-1]["quickReply"] = {"items": [{"type": "action", "action": action}]}
    return [{**message, "sender": {"name": parcel.speaker}} for message in messages] if parcel.speaker else messages


def _failure(status: int, fields: Mapping[str, Any]) -> Exception:
    reason = str(fields.get("message", "no reason given"))
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


def _fields(body: bytes) -> Mapping[str, Any]:
    try:
        decoded = json.loads(body)
    except ValueError:
        return {}
    return decoded if isinstance(decoded, dict) else {}


def _number(fields: Mapping[str, Any], key: str) -> int:
    value = fields.get(key)
    return value if isinstance(value, int) else 0


def _sent_ids(fields: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the ids of what is shown now; none when LINE's answer does not say, for the call was carried out."""
    sent = fields.get("sentMessages")
    return tuple(str(each["id"]) for each in sent if isinstance(each, dict) and "id" in each) if sent else ()
