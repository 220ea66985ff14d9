"""An installation in which everything is well, and one way to break each part of it."""

import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.doctor.examine import examine
from bot.doctor.findings import Finding
from bot.doctor.machine_checks import Machine
from bot.settings import Settings
from tests.standins import platform_apis
from tests.standins.platform_apis import DISCORD_TOKEN, LINE_TOKEN, Apis

CONSENT = (
    'person = "花子"\ncontact = "hanako@example.jp"\ngiven_at = 2026-01-01\nuntil = 2099-01-01\n'
    'basis = "本人から"\nsources = ["*"]\nplatforms = ["console", "discord", "line"]\n'
)


@dataclass(slots=True)
class Patient:
    """An installation; change a part and examine it."""

    home: Path
    apis: Apis
    machine: Machine
    changes: dict[str, Any]

    @property
    def checkpoint(self) -> Path:
        """The folder of the one that answers."""
        return self.home / "checkpoints" / "hanako"

    async def findings(self) -> dict[str, Finding]:
        """Return what the doctor finds, by key."""
        usual: dict[str, Any] = {
            "discord_token": DISCORD_TOKEN,
            "discord_admin_ids": "1",
            "line_channel_secret": "secret",
            "line_channel_access_token": LINE_TOKEN,
            "line_admin_ids": "U1",
            "line_port": 0,
            "senpai_console_port": 0,
            "senpai_home": self.home,
            "senpai_device": "cpu",
            "discord_api_url": self.apis.url,
            "line_api_url": self.apis.url,
        }
        found = await examine(Settings(_env_file=None, **{**usual, **self.changes}), self.machine)
        return {finding.key: finding for finding in found}

    def seal(self, **fields: Any) -> None:
        """Write the manifest of the checkpoint as it lies there."""
        names = [path.name for path in self.checkpoint.iterdir() if path.name != "manifest.json"]
        files = {name: hashlib.sha256((self.checkpoint / name).read_bytes()).hexdigest() for name in names}
        manifest = {"name": "hanako", "gate": "passed", "files": files, **fields}
        (self.checkpoint / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


@pytest.fixture
async def patient(tmp_path: Path) -> AsyncIterator[Patient]:
    """A healthy one."""
    home, env_file = tmp_path / "var", tmp_path / ".env"
    env_file.write_text("DISCORD_TOKEN=discord-token\n", encoding="utf-8")
    env_file.chmod(0o600)
    folder = home / "checkpoints" / "hanako"
    folder.mkdir(parents=True)
    (folder / "consent.toml").write_text(CONSENT, encoding="utf-8")
    (folder / "adapter_model.safetensors").write_bytes(b"weights")
    (home / "checkpoints" / "current").write_text("hanako\n", encoding="utf-8")
    machine = Machine(env_file=env_file, least_disk_bytes=1, least_memory_bytes=1)
    async with platform_apis.running() as apis:
        patient = Patient(home=home, apis=apis, machine=machine, changes={})
        patient.seal()
        yield patient
