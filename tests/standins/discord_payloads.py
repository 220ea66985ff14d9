"""What Discord sends, as plain values: people, one invented server with its channels and threads, messages and so on.

Knows shapes. Does not know what happened; the stand-in does.
"""

from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]

BOT_ID, GUILD_ID, CHANNEL_ID, DIRECT_ID = (
    "100000000000000001",
    "100000000000000002",
    "100000000000000003",
    "100000000000000004",
)
BOT_ROLE_ID, OTHER_ROLE_ID = "100000000000000005", "100000000000000006"
THREAD_ID, OTHER_THREAD_ID = "100000000000000007", "100000000000000008"
FORUM_ID, POST_ID = "100000000000000009", "100000000000000010"
QUIET_CHANNEL_ID = "100000000000000011"
HANA, TARO, STRANGER = "200000000000000001", "200000000000000002", "200000000000000003"
NAMES = {BOT_ID: "senpai（AI）", HANA: "hana", TARO: "taro", STRANGER: "jiro"}
EVERYTHING = str((1 << 53) - 1)
"""All permissions there are."""

TEXT, DIRECT, PUBLIC_THREAD, FORUM = 0, 1, 11, 15
THREADS = {THREAD_ID: CHANNEL_ID, OTHER_THREAD_ID: CHANNEL_ID, POST_ID: FORUM_ID}
"""Threads and where they belong; the bot was invited to all but OTHER_THREAD_ID."""

NAMED_FLAGS = {"pinned": False, "mention_everyone": False, "tts": False, "type": 0, "flags": 0}


def user(user_id: str) -> Json:
    """A person, or the bot."""
    name = NAMES[user_id]
    plain = {"avatar": None, "discriminator": "0", "public_flags": 0, "flags": 0, "global_name": name}
    return {"id": user_id, "username": name, **plain, "primary_guild": None, "bot": user_id == BOT_ID}


def member(nick: str | None = None) -> Json:
    """Somebody's membership in the invented server."""
    moment = datetime.now(UTC).isoformat()
    return {"roles": [], "joined_at": moment, "deaf": False, "mute": False, "flags": 0, "nick": nick, "avatar": None}


def channel(channel_id: str) -> Json:
    """Any channel, by its id."""
    if channel_id == DIRECT_ID:
        return {"id": DIRECT_ID, "type": DIRECT, "recipients": [user(HANA)], "last_message_id": None}
    if channel_id in THREADS:
        return thread(channel_id)
    kinds = {CHANNEL_ID: (TEXT, "zatsudan"), QUIET_CHANNEL_ID: (TEXT, "shizuka"), FORUM_ID: (FORUM, "soudan")}
    kind, name = kinds[channel_id]
    fixed = {"position": 0, "permission_overwrites": [], "guild_id": GUILD_ID, "last_message_id": None}
    return {"id": channel_id, "type": kind, "name": name, **fixed}


def thread(thread_id: str) -> Json:
    """A thread; with the bot's membership where it was invited."""
    moment = datetime.now(UTC).isoformat()
    plain: Json = {
        "id": thread_id,
        "type": PUBLIC_THREAD,
        "guild_id": GUILD_ID,
        "parent_id": THREADS[thread_id],
        "owner_id": HANA,
        "name": "山の道具の相談",
        "last_message_id": None,
        "message_count": 1,
        "member_count": 1,
        "flags": 0,
        "total_message_sent": 1,
        "thread_metadata": {
            "archived": False,
            "auto_archive_duration": 60,
            "archive_timestamp": moment,
            "locked": False,
        },
    }
    joined = {"id": thread_id, "user_id": BOT_ID, "join_timestamp": moment, "flags": 0}
    return plain if thread_id == OTHER_THREAD_ID else {**plain, "member": joined}


def guild(nick: str | None = None) -> Json:
    """The invented server, as GUILD_CREATE shows it."""
    everyone = {"id": GUILD_ID, "name": "@everyone", "permissions": "0", "position": 0, "color": 0, "hoist": False}
    role = {**everyone, "managed": False, "mentionable": False, "flags": 0}
    own_role = {**role, "id": BOT_ROLE_ID, "name": "senpai", "managed": True, "tags": {"bot_id": BOT_ID}}
    other_role = {**role, "id": OTHER_ROLE_ID, "name": "everyone else"}
    lists = {name: [] for name in ("emojis", "stickers", "features", "presences", "voice_states")}
    return {
        "id": GUILD_ID,
        "name": "an invented server",
        "owner_id": HANA,
        "member_count": 3,
        "channels": [channel(CHANNEL_ID), channel(QUIET_CHANNEL_ID), channel(FORUM_ID)],
        "threads": [thread(thread_id) for thread_id in THREADS],
        "members": [{**member(nick), "user": user(BOT_ID)}],
        "roles": [role, own_role, other_role],
        **lists,
    }


def message(message_id: str, channel_id: str, author: str, text: str, **more: Any) -> Json:
    """A message as Discord keeps it."""
    empty: Json = {name: [] for name in ("mentions", "mention_roles", "attachments", "embeds", "components")}
    own = {"id": message_id, "channel_id": channel_id, "author": user(author), "content": text}
    moment = datetime.now(UTC).isoformat()
    return {**empty, **NAMED_FLAGS, **own, "timestamp": moment, "edited_timestamp": None, **more}


def reference(message_id: Any, channel_id: str) -> Json:
    """What a reply says about the message it answers."""
    return {"type": 0, "message_id": str(message_id), "channel_id": channel_id}


def numbered(components: list[Json]) -> list[Json]:
    """Return rows of buttons as Discord gives them back: each with an id of its own, and nothing that is null."""
    return [
        {
            **row,
            "id": 100 * n,
            "components": [_button(100 * n + i, each) for i, each in enumerate(row["components"], 1)],
        }
        for n, row in enumerate(components, 1)
    ]


def _button(number: int, sent: Json) -> Json:
    emoji = {name: value for name, value in sent["emoji"].items() if value is not None}
    return {**sent, "id": number, "emoji": emoji}


def interaction(interaction_id: str, kind: int, author: str, channel_id: str, locale: str, data: Json) -> Json:
    """A use of a command, a menu or a button."""
    plain: Json = {
        "id": interaction_id,
        "application_id": BOT_ID,
        "type": kind,
        "token": f"an-interaction-token-{interaction_id}",
        "version": 1,
        "channel_id": channel_id,
        "channel": channel(channel_id),
        "locale": locale,
        "attachment_size_limit": 10485760,
        "entitlements": [],
        "authorizing_integration_owners": {},
        "data": data,
    }
    if channel_id == DIRECT_ID:
        return {**plain, "user": user(author)}
    place = {"guild_id": GUILD_ID, "guild": {"id": GUILD_ID, "features": [], "locale": "ja"}}
    return {**plain, **place, "member": {**member(), "user": user(author), "permissions": EVERYTHING}}
