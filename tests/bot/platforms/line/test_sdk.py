"""Only the part of the SDK that sends without blocking is loaded, and it is whole."""

import subprocess
import sys

PROGRAM = """
import sys, time
from bot.platforms.line.sdk import load_sdk

sdk = load_sdk()
assert load_sdk().AsyncMessagingApi is sdk.AsyncMessagingApi
assert sdk.TextMessage(text="やあ").to_dict() == {"type": "text", "text": "やあ"}
assert issubclass(sdk.ApiException, Exception)
print(*sys.modules)
"""


def test_what_the_bot_never_calls_of_the_sdk_is_never_loaded() -> None:
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", PROGRAM], capture_output=True, text=True, check=True)
    unused = ("linebot.v3.webhook", "linebot.api", "linebot.models", "linebot.v3.messaging.api.messaging_api")
    loaded = set(done.stdout.split())
    assert "linebot.v3.messaging.api.async_messaging_api" in loaded
    assert not [name for name in loaded if name.startswith(unused)]
