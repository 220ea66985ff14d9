"""What the service hands its parts out of the settings."""

from pathlib import Path

import pytest

from bot.commands import CommandCall
from bot.message import Platform
from bot.service import Pace, open_parts
from bot.settings import Settings


@pytest.mark.parametrize(
    ("platform", "sentence"), [(Platform.LINE, "学習にも使います"), (Platform.CONSOLE, "学習には使いません")]
)
async def test_privacy_tells_the_truth_about_learning_from_chats(home: Path, platform: Platform, sentence: str) -> None:
    settings = Settings(
        _env_file=None, senpai_home=home, senpai_worker_url="http://127.0.0.1:9", senpai_train_from_chats="line"
    )
    call = CommandCall(
        platform=platform, conversation="c", author_id="U1", is_admin=False, is_direct=True, words=("privacy",)
    )
    async with open_parts(settings, Pace()) as parts:
        assert sentence in await parts.commands.run(call)
