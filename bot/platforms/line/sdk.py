"""Loads the part of line-bot-sdk that this bot calls, and nothing else. Knows how the SDK is laid out; calls nothing.

``import linebot.v3.messaging`` runs the API before this one, the models of webhooks, which this bot reads by itself,
the client that blocks and the one for files: a good half of its two seconds of CPU, and a restarted bot has three until
it answers. So its packages are entered bare: their modules can be imported, and nothing runs but what is asked for.
"""

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

SENDING = "linebot.v3.messaging"
PACKAGES = ("linebot", "linebot.v3", SENDING, f"{SENDING}.api")


def load_sdk() -> Any:
    """Return the SDK's client, its errors and its models by name. Raises ImportError where there is none."""
    if "linebot" not in sys.modules:
        spec = importlib.util.find_spec("linebot")
        if spec is None or not spec.submodule_search_locations:
            raise ImportError("line-bot-sdk is not installed.")
        site = Path(spec.submodule_search_locations[0]).parent
        for name in PACKAGES:
            _enter(name, site.joinpath(*name.split(".")))
    names: dict[str, Any] = {}
    for module in ("configuration", "exceptions", "async_api_client", "models", "api.async_messaging_api"):
        names |= vars(importlib.import_module(f"{SENDING}.{module}"))
    return SimpleNamespace(**names)


def _enter(name: str, folder: Path) -> None:
    package = ModuleType(name)
    package.__path__ = [str(folder)]
    sys.modules[name] = package
    parent, _, child = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], child, package)
