"""Finds this machine's C compiler. Knows names only; what is compiled and why stands in ``engine/kernel.py``."""

import shutil

_NAMES = ("gcc", "cc")


def c_compiler() -> str | None:
    """Return the path of the first one that is installed."""
    return next((path for name in _NAMES if (path := shutil.which(name))), None)
