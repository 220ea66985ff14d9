"""Writes settings into an env file: every other line stays as it is, and only its owner can read it.

Knows the file's form. Does not know what a setting means; a fresh file begins as .env.example.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values

from bot.settings import env_example
from model.files import whole

_PLAIN = re.compile(r"[\w./:,@+-]*")


def read_env(path: Path) -> dict[str, str]:
    """Return the settings in ``path``; none when there is no such file."""
    return {name: value for name, value in dotenv_values(path).items() if value} if path.exists() else {}


def write_env(path: Path, values: Mapping[str, str]) -> None:
    """Put ``values`` into ``path``: written beside, mode 600, renamed."""
    text = path.read_text(encoding="utf-8") if path.exists() else env_example()
    for name, value in values.items():
        text = _with(text, name, value)
    with whole(path) as beside:
        beside.touch(0o600)
        beside.chmod(0o600)
        beside.write_text(text, encoding="utf-8")


def _with(text: str, name: str, value: str) -> str:
    """Return ``text`` with ``name`` set, in the place where it stands, commented out or not."""
    shown = value if _PLAIN.fullmatch(value) else "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    line = f"{name}={shown}"
    for pattern in (rf"^{name}=.*$", rf"^# ?{name}=.*$"):
        changed, number = re.subn(pattern, lambda _: line, text, count=1, flags=re.MULTILINE)
        if number:
            return changed
    return f"{text.rstrip()}\n{line}\n" if text else f"{line}\n"
