"""Looks at Discord: the token, the servers the bot is in, who administers. Knows its REST API, not its gateway."""

from collections.abc import AsyncIterator

from bot.doctor.calls import Api, Unreachable
from bot.doctor.findings import Finding, fail, ok, warn
from bot.settings import Settings

API_URL = "https://discord.com/api/v10"
VIEW, SEND, HISTORY, CHANGE_OWN_NAME, SEND_IN_THREADS = 1 << 10, 1 << 11, 1 << 16, 1 << 26, 1 << 38
PERMISSIONS = VIEW | SEND | HISTORY | CHANGE_OWN_NAME | SEND_IN_THREADS
"""What the bot uses and nothing more."""


def discord_api(token: str, url: str | None) -> Api:
    """Return Discord's API for a bot's token."""
    return Api(url or API_URL, f"Bot {token}")


def invite_url(application_id: str) -> str:
    """Return the link that invites the bot with exactly the permissions it needs."""
    scopes = "bot+applications.commands"
    return f"https://discord.com/oauth2/authorize?client_id={application_id}&scope={scopes}&permissions={PERMISSIONS}"


async def check_discord(settings: Settings) -> AsyncIterator[Finding]:
    """Yield what is found; without a token, that Discord is off."""
    if settings.discord_token is None:
        yield ok("discord.off")
        return
    api = discord_api(settings.discord_token.get_secret_value(), settings.discord_api_url)
    try:
        async for finding in _with_token(api):
            yield finding
    except Unreachable as error:
        yield fail("discord.unreachable", reason=error)
    yield (
        ok("discord.admins", num=len(settings.discord_admin_ids))
        if settings.discord_admin_ids
        else warn("discord.no_admins")
    )


async def _with_token(api: Api) -> AsyncIterator[Finding]:
    me = await api.get("/users/@me")
    if me.status == 401:
        yield fail("discord.token_refused")
        return
    if me.status != 200:
        yield fail("discord.unreachable", reason=f"status {me.status}")
        return
    yield ok("discord.token", name=me.body.get("username", "?"))
    if me.clock_s is not None:
        yield clock(me.clock_s)
    servers = await api.get("/users/@me/guilds")
    if servers.status == 200 and isinstance(servers.body, list) and servers.body:
        yield ok("discord.servers", num=len(servers.body))
    else:
        yield warn("discord.no_server", url=invite_url(str(me.body.get("id", ""))))


def clock(off_s: float) -> Finding:
    """Return what is found about this machine's clock, which a platform's server has told the time."""
    if abs(off_s) > 60:
        return fail("clock.off", seconds=round(abs(off_s)))
    return ok("clock.right")
