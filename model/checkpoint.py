"""One checkpoint: a folder whose manifest names every file, and how it is sealed, read and verified.

Knows manifests, hashes and the safetensors header. Does not know torch, or where checkpoints are kept.
"""

import json
import re
import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from model.base import sha256_of
from model.files import staged_for, sync, write_beside
from model.persona import Persona, load_persona

MANIFEST = "manifest.json"
PERSONA = "persona.toml"
CONSENT = "consent.toml"
_NAME = re.compile(r"[a-z0-9぀-ヿ㐀-鿿][a-z0-9぀-ヿ㐀-鿿._-]{0,63}")
_RESERVED = {"current", "history.jsonl", "mini", "rinna", "elyza"}
_PICKLES = {".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt"}
_SIDE_FILES = ("-wal", "-shm", "-journal")
_MAX_HEADER_BYTES = 100_000_000


class CheckpointError(ValueError):
    """A checkpoint cannot be used; the message names the file, what is wrong and what to do."""


class Kind(StrEnum):
    """What the folder holds: LoRA weights for a base, or a whole model."""

    ADAPTER = "adapter"
    FULL = "full"


class Gate(StrEnum):
    """Whether the checkpoint may answer: passed, failed, or failed and let through by its builder."""

    PASSED = "passed"
    FAILED = "failed"
    FORCED = "forced"


def is_name(name: str) -> bool:
    """Return whether a checkpoint may bear ``name``."""
    return _NAME.fullmatch(name) is not None and name not in _RESERVED


def check_name(name: str) -> str:
    """Return ``name`` when a checkpoint may bear it. Raises CheckpointError otherwise."""
    if not is_name(name):
        raise CheckpointError(
            f"{name!r} cannot name a checkpoint: use up to 64 of a-z, 0-9, kana, kanji, '.', '_' and '-', "
            f"beginning with a letter or digit, and none of {', '.join(sorted(_RESERVED))}."
        )
    return name


def _inside(path: str) -> str:
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or "\\" in path or path == MANIFEST:
        raise ValueError(f"{path!r} is not a file inside the checkpoint")
    return path


class Manifest(BaseModel):
    """What manifest.json says. ``files`` maps each path inside the folder to its hex sha256."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, AfterValidator(check_name)]
    kind: Kind
    base: str
    base_hash: str
    method: str
    recipe: dict[str, Any] = Field(default_factory=dict)
    seed: int
    data_hash: str
    libraries: dict[str, str] = Field(default_factory=dict)
    created_at: AwareDatetime = Field(default_factory=lambda: datetime.now(UTC))
    metrics: dict[str, Any] = Field(default_factory=dict)
    gate: Gate
    gate_failed: tuple[str, ...] = ()
    gate_reasons: tuple[str, ...] = ()
    adapter_scale: float = Field(1.0, ge=0, allow_inf_nan=False)
    files: dict[Annotated[str, AfterValidator(_inside)], str]

    def why_failed(self) -> str:
        """Return what the gate failed on: in words where they were written down, else the metrics' ids."""
        return "; ".join(self.gate_reasons) or ", ".join(self.gate_failed) or "a metric that was not written down"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A folder that was read; its files are unproven until ``verify``."""

    path: Path
    manifest: Manifest

    @property
    def name(self) -> str:
        """Return the name people call it by."""
        return self.manifest.name

    def persona(self) -> Persona:
        """Read the persona that was sealed with it. Raises PersonaError."""
        return load_persona(self.path / PERSONA)

    def consent(self) -> str | None:
        """Read the text of its consent.toml; None where there is none. Raises CheckpointError."""
        try:
            return (self.path / CONSENT).read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise CheckpointError(f"{self.path / CONSENT} cannot be read as UTF-8 text: {error}.") from None


def read(folder: Path) -> Checkpoint:
    """Read the manifest of ``folder``. Raises CheckpointError when there is none or it is broken."""
    path = folder / MANIFEST
    try:
        return Checkpoint(folder, Manifest.model_validate_json(path.read_bytes()))
    except (FileNotFoundError, NotADirectoryError):
        raise CheckpointError(
            f"{folder} is no checkpoint: {MANIFEST} is missing, so build or import it again."
        ) from None
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "the document"
        raise CheckpointError(f"{path}: {field} is wrong ({first['msg']}); build or import it again.") from None


def seal(folder: Path, **fields: Any) -> Manifest:
    """Hash every file of ``folder`` and write its manifest last; ``fields`` are the manifest's other keys.

    Raises CheckpointError when a file may not be in a checkpoint or the disk is full, pydantic.ValidationError
    when a field is wrong.
    """
    manifest_paths = {folder / MANIFEST, staged_for(folder / MANIFEST)}
    paths = [path for path in _files(folder) if path not in manifest_paths]
    for path in paths:
        _refuse_dangerous(path)
    try:
        hashes = {path.relative_to(folder).as_posix(): sha256_of(path) for path in paths}
        manifest = Manifest.model_validate({**fields, "files": hashes})
        for path in paths:
            sync(path)
        write_beside(folder / MANIFEST, manifest.model_dump_json(indent=2))
    except OSError as error:
        raise CheckpointError(f"{folder} cannot be sealed: {error.strerror}; free some space and try again.") from error
    return manifest


def verify(checkpoint: Checkpoint) -> None:
    """Prove that the folder holds exactly what its manifest says. Raises CheckpointError for the first fault."""
    listed = checkpoint.manifest.files
    found = {path.relative_to(checkpoint.path).as_posix(): path for path in _files(checkpoint.path)}
    for name, path in found.items():
        _refuse_dangerous(path)
        if name not in listed and name != MANIFEST and not path.name.endswith(_SIDE_FILES):
            raise CheckpointError(f"{path} is not in the manifest: remove it or import the checkpoint again.")
    for name, digest in listed.items():
        if name not in found:
            raise CheckpointError(f"{checkpoint.path / name} is missing: import the checkpoint again.")
        if name.endswith(".safetensors"):
            check_safetensors(found[name])
        if sha256_of(found[name]) != digest:
            raise CheckpointError(f"{found[name]} was changed (its sha256 differs): import the checkpoint again.")


def check_safetensors(path: Path) -> None:
    """Raise CheckpointError unless the file is as long as its own header says."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        lead = stream.read(8)
        (num_header_bytes,) = struct.unpack("<Q", lead) if len(lead) == 8 else (size + 1,)
        if num_header_bytes > min(size - 8, _MAX_HEADER_BYTES):
            raise CheckpointError(f"{path} is truncated or no safetensors file: import the checkpoint again.")
        header = stream.read(num_header_bytes)
    try:
        ends = [entry["data_offsets"][1] for name, entry in json.loads(header).items() if name != "__metadata__"]
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        raise CheckpointError(f"{path} has a broken safetensors header: import the checkpoint again.") from None
    expected = 8 + num_header_bytes + max(ends, default=0)
    if size != expected:
        raise CheckpointError(
            f"{path} is truncated: {size} of {expected} bytes are there; import the checkpoint again."
        )


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())


def _refuse_dangerous(path: Path) -> None:
    """Raise CheckpointError for what could run code or lead outside: pickles, links, programs."""
    if path.is_symlink() or not path.is_file():
        raise CheckpointError(f"{path} is not a plain file: a checkpoint may hold no links or devices.")
    if path.suffix in _PICKLES:
        raise CheckpointError(f"{path} is a pickle, which can run code: a checkpoint holds safetensors only.")
    if path.suffix in {".py", ".so"} or path.stat().st_mode & 0o111:
        raise CheckpointError(f"{path} is a program: a checkpoint may hold none.")
