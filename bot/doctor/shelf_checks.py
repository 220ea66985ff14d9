"""Looks at what is served: the checkpoint's files against their hashes, its gate, the consent behind it.

Knows the files of a checkpoint's folder, which are a contract; loads no weights.
"""

import hashlib
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from bot.doctor.findings import Finding, fail, ok, warn
from bot.settings import Settings
from bot.shelf import chosen, manifest_of
from model.consent import ConsentError, load, require_kept
from model.protocol import BASE_PREFIX

SOON = timedelta(days=30)
CHUNK_BYTES = 2**20


def check_shelf(settings: Settings, today: date) -> Iterator[Finding]:
    """Yield what is found about the checkpoint that answers, or will."""
    shelf = settings.senpai_home / "checkpoints"
    name = settings.senpai_checkpoint or chosen(shelf)
    if name is None:
        yield warn("checkpoint.none")
        return
    if name.startswith(BASE_PREFIX):
        yield ok("checkpoint.base", name=name)
        return
    try:
        manifest = manifest_of(shelf / name)
        files = dict(manifest["files"])
    except (OSError, ValueError, KeyError, TypeError):
        yield fail("checkpoint.missing", name=name)
        return
    yield _whole(shelf / name, name, files)
    yield _gate(name, manifest)
    yield from _consent(shelf / name / "consent.toml", settings, today)


def _whole(folder: Path, name: str, files: dict[str, str]) -> Finding:
    for file, wanted in files.items():
        if not (folder / file).is_file() or _sha256(folder / file) != wanted:
            return fail("checkpoint.damaged", name=name, file=file)
    return ok("checkpoint.whole", name=name, num=len(files))


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def _gate(name: str, manifest: dict[str, Any]) -> Finding:
    gate, failed = manifest.get("gate"), ", ".join(manifest.get("gate_failed", ())) or "?"
    return ok("gate.passed", name=name) if gate == "passed" else warn("gate.failed", name=name, failed=failed)


def _consent(path: Path, settings: Settings, today: date) -> Iterator[Finding]:
    try:
        consent = load(path)
        require_kept(consent, settings.senpai_home)
    except ConsentError as error:
        yield fail("consent.unusable", reason=error)
        return
    person, until = consent.person, consent.until
    if not consent.given_at <= today <= until:
        yield fail("consent.ended", person=person, until=until)
    elif until - today <= SOON:
        yield warn("consent.ends_soon", person=person, until=until)
    else:
        yield ok("consent.valid", person=person, until=until)
    asked = {
        "console",
        *({"discord"} if settings.discord_token else ()),
        *({"line"} if settings.line_channel_secret else ()),
    }
    if missing := sorted(asked - set(consent.platforms)):
        yield fail("consent.platform", person=person, platforms=", ".join(missing))
