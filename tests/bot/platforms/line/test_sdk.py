"""Only the half of the SDK that sends is loaded, and it is whole."""

import subprocess
import sys

PROGRAM = """
import sys, time
from bot.platforms.line.sdk import load_sdk

sdk = load_sdk()
assert load_sdk() is sdk
assert sdk.TextMessage(text="やあ").to_dict() == {"type": "text", "text": "やあ"}
assert issubclass(sdk.ApiException, Exception)
print(*sys.modules)
"""


def test_the_sdks_receiving_half_and_its_older_api_are_never_loaded() -> None:
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", PROGRAM], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "linebot.v3.messaging" in loaded
    assert not [name for name in loaded if name.startswith(("linebot.v3.webhook", "linebot.api", "linebot.models"))]
