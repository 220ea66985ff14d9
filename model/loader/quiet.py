"""Keeps what libraries tell their own developers from the stderr of people who wait for a command.

Knows the switches of transformers and bitsandbytes. Does not know what is being loaded.
"""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from huggingface_hub.utils.tqdm import enable_progress_bars
from transformers.utils import logging as transformers_logging

_BITSANDBYTES = logging.getLogger("bitsandbytes")
_TRANSFORMERS: Any = transformers_logging  # its switches have no types


@contextmanager
def quiet() -> Iterator[None]:
    """Hide bars and warnings of loading, then set everything back. The bar of a download stays: it takes minutes.

    Used as a decorator too. What matters in those warnings (weights that are absent, files that are cut) is checked by
    the loader itself and raised.
    """
    levels = _TRANSFORMERS.get_verbosity(), _BITSANDBYTES.level
    has_bar = _TRANSFORMERS.is_progress_bar_enabled()
    _TRANSFORMERS.set_verbosity_error()
    _TRANSFORMERS.disable_progress_bar()
    enable_progress_bars()
    _BITSANDBYTES.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            yield
    finally:
        _TRANSFORMERS.set_verbosity(levels[0])
        _BITSANDBYTES.setLevel(levels[1])
        if has_bar:
            _TRANSFORMERS.enable_progress_bar()
