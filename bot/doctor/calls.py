"""One JSON call to a platform's API, with a deadline. Knows HTTP; does not know what an answer means."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import aiohttp

CALL_S = 8.0


class Unreachable(Exception):
    """Nobody answered in time; says why in a word."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, JSON body (empty when there was none) and the server's clock minus ours, where it tells the time."""

    status: int
    body: Any
    clock_s: float | None = None


class Api:
    """Calls below one address, with one Authorization header."""

    def __init__(self, url: str, authorization: str) -> None:
        self._url = url.rstrip("/")
        self._headers = {"Authorization": authorization, "User-Agent": "senpai-bot"}

    async def get(self, path: str) -> Answer:
        """GET. Raises Unreachable."""
        return await self._call("GET", path, None)

    async def put(self, path: str, body: Mapping[str, object]) -> Answer:
        """PUT. Raises Unreachable."""
        return await self._call("PUT", path, body)

    async def post(self, path: str, body: Mapping[str, object]) -> Answer:
        """POST. Raises Unreachable."""
        return await self._call("POST", path, body)

    async def _call(self, method: str, path: str, body: Mapping[str, object] | None) -> Answer:
        import aiohttp  # a quarter of a second, which every other command would wait for

        timeout = aiohttp.ClientTimeout(total=CALL_S)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout, trust_env=True, headers=self._headers) as session,
                session.request(method, f"{self._url}{path}", json=body) as response,
            ):
                return Answer(response.status, await _json(response), _clock_s(response.headers.get("Date")))
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unreachable(type(error).__name__) from None


async def _json(response: "aiohttp.ClientResponse") -> Any:
    try:
        return await response.json(content_type=None) or {}
    except ValueError:
        return {}


def _clock_s(date: str | None) -> float | None:
    try:
        return (parsedate_to_datetime(date) - datetime.now(UTC)).total_seconds() if date else None
    except (ValueError, TypeError):
        return None
