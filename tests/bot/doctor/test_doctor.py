"""The doctor finds every planted fault and names the remedy; a healthy installation has none."""

import json
import socket
import string
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bot.doctor.discord_checks import invite_url
from bot.doctor.findings import Level
from bot.doctor.words import SENTENCES
from bot.settings import LINE_WEBHOOK_PATHS
from tests.bot.doctor.conftest import CONSENT, Patient
from tests.standins import worker as worker_standin


async def finds(patient: Patient, key: str, remedy: str, level: Level = Level.FAIL) -> None:
    """The fault is found, as bad as it is, and what to do is named in both languages."""
    findings = await patient.findings()
    assert key in findings, sorted(findings)
    finding = findings[key]
    assert finding.level is level
    assert remedy in finding.remedy("ja")
    assert remedy in finding.remedy("en")
    unwell = {other.key for other in findings.values() if other.level is not Level.OK}
    assert unwell == {key}, "nothing else is blamed"


async def test_a_healthy_installation_has_nothing_to_complain_of(patient: Patient) -> None:
    assert {finding.level for finding in (await patient.findings()).values()} == {Level.OK}


async def test_an_env_file_that_others_can_read(patient: Patient) -> None:
    patient.machine.env_file.chmod(0o644)
    await finds(patient, "env_file.open", "chmod 600")


async def test_a_disk_that_is_nearly_full(patient: Patient) -> None:
    patient.machine = replace(patient.machine, least_disk_bytes=2**60)
    await finds(patient, "disk.full", "SENPAI_HOME")


@pytest.mark.parametrize(("free_kb", "group_limit"), [(100_000, "max"), (8_000_000, "100000000")])
async def test_too_little_memory(patient: Patient, tmp_path: Path, free_kb: int, group_limit: str) -> None:
    files = {
        "proc/meminfo": f"MemTotal: 9000000 kB\nMemAvailable: {free_kb} kB\n",
        "proc/self/cgroup": "0::/\n",
        "sys/fs/cgroup/memory.max": group_limit,
        "sys/fs/cgroup/memory.current": "0",
        "sys/fs/cgroup/memory.stat": "inactive_file 0\n",
    }
    for name, content in files.items():
        path = tmp_path / "root" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="ascii")
    patient.machine = replace(patient.machine, root=tmp_path / "root", least_memory_bytes=2**30)
    findings = await patient.findings()
    assert findings["memory.low"].level is Level.WARN
    assert "小さなベース" in findings["memory.low"].remedy("ja")


async def test_a_gpu_that_is_asked_for_and_not_there(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    patient.changes["senpai_device"] = "cuda"
    await finds(patient, "gpu.missing", "SENPAI_DEVICE=auto")


@pytest.mark.parametrize(
    ("flags", "has_compiler", "keys"),
    [
        ("avx512f avx512_bf16", True, {"compiler.found"}),
        ("avx512f avx512_bf16", False, {"compiler.none"}),
        ("avx512f", False, set()),
        ("avx512f avx512_bf16 amx_tile", False, set()),
    ],
)
async def test_a_cpu_that_a_compiler_would_speed_up(
    patient: Patient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flags: str, has_compiler: bool, keys: set[str]
) -> None:
    (tmp_path / "root" / "proc").mkdir(parents=True)
    (tmp_path / "root" / "proc" / "meminfo").write_text("MemAvailable: 8000000 kB\n", encoding="ascii")
    (tmp_path / "root" / "proc" / "cpuinfo").write_text(f"flags\t\t: {flags} sse\n", encoding="ascii")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "gcc").touch(0o755 if has_compiler else 0o644)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    patient.machine = replace(patient.machine, root=tmp_path / "root")
    assert {key for key in await patient.findings() if key.startswith("compiler.")} == keys


async def test_a_port_that_another_program_holds(patient: Patient) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        patient.changes["senpai_console_port"] = taken.getsockname()[1]
        await finds(patient, "port.taken", "SENPAI_CONSOLE_PORT")


async def test_a_database_that_does_not_open(patient: Patient) -> None:
    (patient.home / "senpai.db").write_bytes(b"this was a database once" * 100)
    await finds(patient, "database.unusable", "SENPAI_DATABASE_URL")


async def test_a_current_checkpoint_that_is_gone(patient: Patient) -> None:
    patient.changes["senpai_checkpoint"] = "taro"
    await finds(patient, "checkpoint.missing", "senpai checkpoints list")


async def test_no_checkpoint_at_all(patient: Patient) -> None:
    (patient.home / "checkpoints" / "current").unlink()
    await finds(patient, "checkpoint.none", "senpai run", Level.WARN)


async def test_a_file_of_the_checkpoint_that_has_changed(patient: Patient) -> None:
    (patient.checkpoint / "adapter_model.safetensors").write_bytes(b"other weights")
    await finds(patient, "checkpoint.damaged", "senpai checkpoints rollback")


async def test_a_checkpoint_that_failed_its_gate(patient: Patient) -> None:
    patient.seal(gate="forced", gate_failed=["K1"])
    findings = await patient.findings()
    assert findings["gate.failed"].level is Level.WARN
    assert "K1" in findings["gate.failed"].message("en")


async def test_a_consent_that_has_ended(patient: Patient) -> None:
    (patient.checkpoint / "consent.toml").write_text(CONSENT.replace("2099-01-01", "2026-02-01"), encoding="utf-8")
    patient.seal()
    await finds(patient, "consent.ended", "consent.toml")


async def test_a_consent_that_does_not_name_a_platform(patient: Patient) -> None:
    (patient.checkpoint / "consent.toml").write_text(CONSENT.replace(', "line"', ""), encoding="utf-8")
    patient.seal()
    await finds(patient, "consent.platform", "consent.toml")


async def test_a_consent_with_a_field_missing(patient: Patient) -> None:
    (patient.checkpoint / "consent.toml").write_text('person = "花子"\n', encoding="utf-8")
    patient.seal()
    await finds(patient, "consent.unusable", "consent.toml")


async def test_a_consent_that_was_taken_back(patient: Patient) -> None:
    entry = {"at": "2026-05-01T00:00:00+00:00", "person": "花子"}
    (patient.home / "revoked.jsonl").write_text(json.dumps(entry) + "\n", encoding="utf-8")
    await finds(patient, "consent.unusable", "consent.toml")


async def test_a_worker_that_is_gone(patient: Patient) -> None:
    patient.changes["senpai_worker_url"] = "http://127.0.0.1:9"
    await finds(patient, "worker.away", "SENPAI_WORKER_URL")


async def test_a_discord_token_that_is_refused(patient: Patient) -> None:
    patient.changes["discord_token"] = "old-token"
    await finds(patient, "discord.token_refused", "DISCORD_TOKEN")


async def test_a_bot_that_was_never_invited(patient: Patient) -> None:
    patient.apis.guilds = []
    await finds(patient, "discord.no_server", invite_url("111111111111111111"), Level.WARN)


async def test_nobody_may_administer_on_discord(patient: Patient) -> None:
    patient.changes["discord_admin_ids"] = ""
    await finds(patient, "discord.no_admins", "DISCORD_ADMIN_IDS", Level.WARN)


async def test_discord_out_of_reach(patient: Patient) -> None:
    patient.changes["discord_api_url"] = "http://127.0.0.1:9"
    await finds(patient, "discord.unreachable", "https://discordstatus.com")


async def test_a_line_token_that_is_refused(patient: Patient) -> None:
    patient.changes["line_channel_access_token"] = "old-token"
    await finds(patient, "line.token_refused", "LINE_CHANNEL_ACCESS_TOKEN")


async def test_a_line_webhook_that_was_never_set(patient: Patient) -> None:
    patient.apis.webhook = None
    await finds(patient, "line_webhook.unset", "senpai init --line-webhook")


async def test_a_line_webhook_with_another_path(patient: Patient) -> None:
    patient.apis.webhook = "https://senpai.example/webhook"
    await finds(patient, "line_webhook.wrong_path", "/line/webhook")


@pytest.mark.parametrize("path", LINE_WEBHOOK_PATHS)
async def test_every_path_the_webhook_listens_at_is_right(patient: Patient, path: str) -> None:
    patient.apis.webhook = f"https://senpai.example{path}"
    assert "line_webhook.works" in await patient.findings()


async def test_a_line_webhook_that_is_switched_off(patient: Patient) -> None:
    patient.apis.is_active = False
    findings = await patient.findings()
    assert findings["line_webhook.inactive"].level is Level.FAIL
    assert "Use webhook" in findings["line_webhook.inactive"].remedy("en")


async def test_a_line_webhook_that_line_cannot_reach(patient: Patient) -> None:
    patient.apis.test = {"success": False, "statusCode": 0, "reason": "COULD_NOT_CONNECT"}
    await finds(patient, "line_webhook.not_reached", "LINE_PORT")


async def test_a_channel_secret_of_another_channel(patient: Patient) -> None:
    patient.apis.test = {"success": False, "statusCode": 400, "reason": "ERROR_STATUS_CODE"}
    await finds(patient, "line_webhook.wrong_secret", "LINE_CHANNEL_SECRET")


async def test_a_quota_that_is_spent(patient: Patient) -> None:
    patient.apis.spent = 200
    await finds(patient, "line_quota.spent", "LINE_PUSH_BUDGET=0", Level.WARN)


async def test_a_clock_that_is_wrong(patient: Patient) -> None:
    patient.apis.clock_off_s = 900
    await finds(patient, "clock.off", "NTP")


async def test_while_the_bot_runs_its_own_ports_are_no_fault(patient: Patient) -> None:
    async with worker_standin.running() as worker:
        with socket.create_server(("127.0.0.1", 0)) as held_by_the_bot:
            patient.changes |= {
                "senpai_worker_url": worker.url,
                "senpai_console_port": held_by_the_bot.getsockname()[1],
            }
            findings = await patient.findings()
    assert "port.ours" in findings
    assert {finding.level for finding in findings.values()} == {Level.OK}


def test_the_command_prints_one_json_document_and_fails_when_something_is_in_the_way(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "senpai", "doctor", "--json"]
    root = str(Path(__file__).parents[3])
    env = {
        "PATH": "",
        "PYTHONPATH": root,
        "SENPAI_HOME": str(tmp_path),
        "SENPAI_CHECKPOINT": "taro",
        "SENPAI_LOCALE": "en",
    }
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    document = json.loads(done.stdout)
    assert (done.returncode, document["ok"]) == (1, False)
    missing = next(check for check in document["checks"] if check["finding"] == "checkpoint.missing")
    assert missing["level"] == "fail"
    assert missing["message"] == "The checkpoint taro is not there or cannot be read."


def test_every_sentence_says_the_same_values_in_both_languages_and_every_fault_has_a_remedy() -> None:
    for key, sentence in SENTENCES.items():
        assert len(sentence) in (2, 4), key
        assert _names(sentence[0]) == _names(sentence[1]), key
        assert len(sentence) == 2 or _names(sentence[2]) == _names(sentence[3]), key


def _names(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}
