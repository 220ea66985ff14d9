"""Consents of invented people, for whatever must be served."""

from pathlib import Path


def write_consent(
    folder: Path, *, person: str = "花子", until: str = "2099-12-31", platforms: str = '"discord", "line", "console"'
) -> Path:
    """Write a consent.toml into ``folder`` and return its path."""
    path = folder / "consent.toml"
    path.write_text(
        f'person = "{person}"\ncontact = "{person}@example.com"\ngiven_at = 2024-01-01\nuntil = {until}\n'
        f'basis = "試験のための架空の人"\nsources = ["*"]\nplatforms = [{platforms}]\n',
        encoding="utf-8",
    )
    return path
