"""What the wizard finds out before it writes: is a token good, who is the bot, does LINE reach the webhook.

Knows the platforms' REST APIs through the doctor's calls. Asks nobody and writes nothing.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from bot.doctor.calls import Unreachable
from bot.doctor.discord_checks import discord_api, invite_url
from bot.doctor.findings import Finding, fail, ok
from bot.doctor.line_checks import ENDPOINT, is_served, line_api, tested
from bot.settings import LINE_WEBHOOK_PATHS


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of trying a token; ``invite`` is Discord's link."""

    finding: Finding
    invite: str | None = None


async def try_discord(token: str, url: str | None) -> Tried:
    """Try a Discord token."""
    try:
        me = await discord_api(token, url).get("/users/@me")
    except Unreachable as error:
        return Tried(fail("discord.unreachable", reason=error))
    if me.status != 200:
        is_refused = me.status == 401
        return Tried(fail("discord.token_refused") if is_refused else fail("discord.unreachable", reason=me.status))
    return Tried(ok("discord.token", name=me.body.get("username", "?")), invite_url(str(me.body.get("id", ""))))


async def try_line(token: str, url: str | None) -> Tried:
    """Try a LINE channel access token."""
    try:
        me = await line_api(token, url).get("/v2/bot/info")
    except Unreachable as error:
        return Tried(fail("line.unreachable", reason=error))
    if me.status != 200:
        is_refused = me.status == 401
        return Tried(fail("line.token_refused") if is_refused else fail("line.unreachable", reason=me.status))
    return Tried(ok("line.token", name=me.body.get("displayName", "?")))


async def set_webhook(token: str, webhook: str, url: str | None) -> Finding:
    """Set the webhook URL at LINE and let LINE try it."""
    if urlsplit(webhook).scheme != "https" or not is_served(webhook):
        return fail("line_webhook.wrong_path", url=webhook, path=LINE_WEBHOOK_PATHS[0])
    api = line_api(token, url)
    try:
        answer = await api.put(ENDPOINT, {"endpoint": webhook})
        if answer.status != 200:
            return fail("line_webhook.not_reached", reason=f"status {answer.status}", detail="")
        return await tested(api)
    except Unreachable as error:
        return fail("line.unreachable", reason=error)
