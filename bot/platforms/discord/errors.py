"""One table: what Discord said, and whether trying again makes sense. Knows status and error codes; sends nothing."""

from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp
import discord

from bot.platforms.base import DeliveryFailed, DeliveryRefused

NETWORK_ERRORS = (aiohttp.ClientError, OSError, TimeoutError)
WAIT_AFTER_429_S = 60.0
"""A 429 that discord.py does not wait out itself comes from what stands before Discord, and says no time."""

TOKEN_EXPIRED = 50027
DEAD_TOKEN = frozenset({10008, 10015, 10062, TOKEN_EXPIRED})
"""The interaction is gone: its fifteen minutes are over, it was never acknowledged, or its answer was deleted."""

REASONS = {
    10003: "the channel is gone",
    10008: "the message is gone",
    20028: "too much is written in this channel",
    30046: "the message is too old to be edited this often",
    50001: "the bot may not see the channel",
    50006: "the message would be empty",
    50007: "the author takes no direct messages",
    50013: "the bot may not write there",
    50035: "the question was deleted, or the form is wrong",
    50278: "the author shares no server with the bot any more",
    160002: "the bot may not read the channel's history",
}
PASSING = frozenset({20028, 30046})
"""Codes of limits that are over after a while."""


class InteractionGone(Exception):
    """This interaction cannot be answered: no longer when its time ``is_over``, else perhaps not yet."""

    def __init__(self, message: str, *, is_over: bool) -> None:
        super().__init__(message)
        self.is_over = is_over


@contextmanager
def named() -> Iterator[None]:
    """Raise DeliveryFailed or DeliveryRefused in the place of what discord.py and the network raise.

    Raises InteractionGone for a dead interaction token.
    """
    try:
        yield
    except discord.RateLimited as error:
        raise DeliveryFailed("Discord asks to wait.", error.retry_after) from error
    except discord.HTTPException as error:
        raise _of(error) from error
    except NETWORK_ERRORS as error:
        raise DeliveryFailed(f"Discord cannot be reached ({type(error).__name__}).") from error


def _of(error: discord.HTTPException) -> Exception:
    """Return what this refusal means: not to be tried again after a clear no."""
    if error.status == 429 or error.code in PASSING:
        return DeliveryFailed(f"Discord asks to wait: {_reason(error)}.", WAIT_AFTER_429_S)
    if error.code in DEAD_TOKEN and "/webhooks/" in str(error.response.url):
        return InteractionGone(f"Discord said {error.status}: {_reason(error)}.", is_over=error.code == TOKEN_EXPIRED)
    if error.status >= 500 or error.status == 401:
        return DeliveryFailed(f"Discord failed with status {error.status}.")
    return DeliveryRefused(f"Discord said {error.status}: {_reason(error)}.")


def _reason(error: discord.HTTPException) -> str:
    return REASONS.get(error.code, f"code {error.code}")
