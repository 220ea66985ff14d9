"""Loads the half of line-bot-sdk that sends, and not the other one. Knows how the SDK is laid out; calls nothing.

``import linebot.v3.messaging`` first runs what stands in ``linebot`` and ``linebot.v3``: the API before this one, and
the models of webhooks, which this bot reads by itself. That is a good third of its two seconds of CPU, and a restarted
bot has three until it answers. So both are entered as bare packages: their modules can be imported, nothing else runs.
"""

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

SENDING = "linebot.v3.messaging"


def load_sdk() -> Any:
    """Return the SDK's module for sending. Raises ImportError where there is none."""
    if "linebot" not in sys.modules:
        spec = importlib.util.find_spec("linebot")
        if spec is None or not spec.submodule_search_locations:
            raise ImportError("line-bot-sdk is not installed.")
        root = Path(spec.submodule_search_locations[0])
        _enter("linebot", root).__dict__["v3"] = _enter("linebot.v3", root / "v3")
    return importlib.import_module(SENDING)


def _enter(name: str, folder: Path) -> ModuleType:
    package = ModuleType(name)
    package.__path__ = [str(folder)]
    sys.modules[name] = package
    return package
