"""The map of the console: which page stands at which address."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from bot.platforms.console.chat import chat_page
from bot.platforms.console.checkpoints import checkpoints_page
from bot.platforms.console.compare import compare_page
from bot.platforms.console.data import data_page
from bot.platforms.console.desk import Desk
from bot.platforms.console.frame import Place
from bot.platforms.console.health import health_page
from bot.platforms.console.quiz_page import quiz_page
from bot.platforms.console.training import training_page
from bot.platforms.console.trial import trial_page
from bot.platforms.console.words import Words

Page = Callable[[Desk, Words], Awaitable[None]]


def places(desk: Desk) -> Mapping[str, Place]:
    """Return every page by its address, in the order of the menu."""
    rows: tuple[tuple[str, str, str, Page], ...] = (
        ("/", "chat", "chat", chat_page),
        ("/compare", "compare", "compare_arrows", compare_page),
        ("/trial", "trial", "devices", trial_page),
        ("/quiz", "quiz", "quiz", quiz_page),
        ("/checkpoints", "checkpoints", "inventory_2", checkpoints_page),
        ("/training", "training", "school", training_page),
        ("/data", "data", "dataset", data_page),
        ("/health", "health", "monitor_heart", health_page),
    )
    return {path: Place(name=name, icon=icon, build=partial(page, desk)) for path, name, icon, page in rows}
