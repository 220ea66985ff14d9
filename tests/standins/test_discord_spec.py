"""The judge is at work: what Discord would refuse is found, what it takes is not."""

import pytest

from tests.shared import needs_shared
from tests.standins.discord_spec import Judge

pytestmark = needs_shared
MESSAGES = ("POST", "/channels/100000000000000003/messages")
COMMANDS = ("PUT", "/applications/100000000000000001/commands")


def _violations(door: tuple[str, str], body: object) -> list[str]:
    judge = Judge()
    judge.judge_request(*door, body)
    return judge.violations


@pytest.mark.parametrize(
    ("door", "body"),
    [
        (MESSAGES, {"content": "あ" * 2001}),
        (MESSAGES, {"content": 7}),
        (MESSAGES, {"content": "あ", "allowed_mentions": {"parse": "none"}}),
        (MESSAGES, {"content": "あ", "nonce": "n" * 26}),
        (MESSAGES, {"content": "あ", "message_reference": {"message_id": "not a snowflake"}}),
        (MESSAGES, {"content": "あ", "mention_author": False}),
        (COMMANDS, [{"name": "reset", "description": "あ" * 101}]),
        (COMMANDS, [{"name": "reset", "description": "あ", "options": [{"type": 99, "name": "a"}]}]),
        (("POST", "/channels/100000000000000003/massages"), {}),
    ],
)
def test_what_discord_would_refuse_is_found(door: tuple[str, str], body: object) -> None:
    assert _violations(door, body)


@pytest.mark.parametrize(
    ("door", "body"),
    [
        (MESSAGES, {"content": "あ" * 2000, "nonce": "n" * 25, "enforce_nonce": True, "tts": False}),
        (MESSAGES, {"content": "あ", "message_reference": {"message_id": 1, "fail_if_not_exists": False}}),
        (COMMANDS, [{"name": "reset", "description": "forget", "nsfw": False, "type": 1}]),
    ],
)
def test_what_discord_takes_is_not(door: tuple[str, str], body: object) -> None:
    assert _violations(door, body) == []
