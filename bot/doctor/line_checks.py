"""Looks at LINE: the token, the webhook, its test, the month's quota, who administers. Knows LINE's messaging API."""

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

from bot.doctor.calls import Api, Unreachable
from bot.doctor.discord_checks import clock
from bot.doctor.findings import Finding, fail, ok, warn
from bot.settings import LINE_WEBHOOK_PATHS, Settings

API_URL = "https://api.line.me"
ENDPOINT = "/v2/bot/channel/webhook/endpoint"
TEST = "/v2/bot/channel/webhook/test"
FEW_LEFT = 0.9
"""From this share of the quota on, the rest of the month may be short."""


def line_api(token: str, url: str | None) -> Api:
    """Return LINE's API for a channel's access token."""
    return Api(url or API_URL, f"Bearer {token}")


async def check_line(settings: Settings) -> AsyncIterator[Finding]:
    """Yield what is found; without a token, that LINE is off."""
    if settings.line_channel_access_token is None:
        yield ok("line.off")
        return
    api = line_api(settings.line_channel_access_token.get_secret_value(), settings.line_api_url)
    try:
        me = await api.get("/v2/bot/info")
        if me.status == 401:
            yield fail("line.token_refused")
        elif me.status != 200:
            yield fail("line.unreachable", reason=f"status {me.status}")
        else:
            yield ok("line.token", name=me.body.get("displayName", "?"))
            if me.clock_s is not None:
                yield clock(me.clock_s)
            async for finding in _with_token(api):
                yield finding
    except Unreachable as error:
        yield fail("line.unreachable", reason=error)
    if settings.line_admin_ids:
        yield ok("line.admins", num=len(settings.line_admin_ids))
    else:
        yield warn("line.no_admins")


async def _with_token(api: Api) -> AsyncIterator[Finding]:
    webhook = await api.get(ENDPOINT)
    url = str(webhook.body.get("endpoint", "")) if webhook.status == 200 else ""
    if not url:
        yield fail("line_webhook.unset", path=LINE_WEBHOOK_PATHS[0])
    elif not is_served(url):
        yield fail("line_webhook.wrong_path", url=url, path=LINE_WEBHOOK_PATHS[0])
    elif not webhook.body.get("active", False):
        yield fail("line_webhook.inactive")
    else:
        yield await tested(api)
    yield await _quota(api)


def is_served(url: str) -> bool:
    """Tell whether the bot listens at the path of this URL, as far as the path goes."""
    return urlsplit(url).path.rstrip("/") in LINE_WEBHOOK_PATHS


async def tested(api: Api) -> Finding:
    """Let LINE call the webhook, and return how that went. LINE allows 60 such tests an hour. Raises Unreachable."""
    test = await api.post(TEST, {})
    if test.status == 200 and test.body.get("success"):
        return ok("line_webhook.works")
    reason = test.body.get("reason") or f"status {test.status}"
    if str(test.body.get("statusCode")) in ("400", "401", "403"):
        return fail("line_webhook.wrong_secret", status=test.body["statusCode"])
    return fail("line_webhook.not_reached", reason=reason, detail=test.body.get("detail", ""))


async def _quota(api: Api) -> Finding:
    quota, used = await api.get("/v2/bot/message/quota"), await api.get("/v2/bot/message/quota/consumption")
    if quota.status != 200 or used.status != 200:
        return warn("line_quota.unknown")
    if quota.body.get("type") == "none":
        return ok("line_quota.unlimited")
    value, spent = int(quota.body.get("value", 0)), int(used.body.get("totalUsage", 0))
    if spent >= value:
        return warn("line_quota.spent", spent=spent, value=value)
    if spent >= FEW_LEFT * value:
        return warn("line_quota.few_left", spent=spent, value=value)
    return ok("line_quota.left", spent=spent, value=value)
