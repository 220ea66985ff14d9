"""Checkpoint folders without a model in them: enough for whatever only reads manifests and files.

Knows the folder's form. Does not know torch.
"""

import json
import struct
from pathlib import Path
from typing import Any

from model.checkpoint import Checkpoint, Gate, Kind, read, seal
from tests.consents import write_consent


def safetensors_bytes(num_bytes: int = 64) -> bytes:
    """Return a whole safetensors file with one tensor of ``num_bytes`` zeros."""
    header = json.dumps({"t": {"dtype": "U8", "shape": [num_bytes], "data_offsets": [0, num_bytes]}}).encode()
    return struct.pack("<Q", len(header)) + header + bytes(num_bytes)


def fields(name: str, **changed: Any) -> dict[str, Any]:
    """Return manifest fields, some of them changed."""
    own = {"name": name, "kind": Kind.ADAPTER, "base": "mini", "base_hash": "sha256:0", "method": "lora"}
    return {**own, "seed": 1, "data_hash": "sha256:1", "gate": Gate.PASSED, **changed}


def fill(folder: Path) -> Path:
    """Write what a small adapter checkpoint holds, unsealed."""
    (folder / "report").mkdir(parents=True, exist_ok=True)
    (folder / "adapter_model.safetensors").write_bytes(safetensors_bytes())
    (folder / "adapter_config.json").write_text("{}", encoding="utf-8")
    (folder / "persona.toml").write_text('name = "てつ先輩"\n', encoding="utf-8")
    if not (folder / "consent.toml").exists():
        write_consent(folder)
    (folder / "report" / "report.json").write_text("{}", encoding="utf-8")
    return folder


def sealed(folder: Path, name: str = "tetsu", **changed: Any) -> Checkpoint:
    """Write and seal a small adapter checkpoint."""
    fill(folder)
    seal(folder, **fields(name, **changed))
    return read(folder)
