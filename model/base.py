"""Which base model a name means, where its files lie and what their hash is.

Knows folders, hub ids and hashes. Does not know torch, weights in memory or adapters.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

MINI = "mini"
KNOWN = {
    "rinna": "rinna/japanese-gpt-1b",
    "elyza": "elyza/ELYZA-japanese-Llama-2-7b-fast-instruct",
}
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
_WEIGHTS = ("*.safetensors", "*.bin")
_DESCRIPTIONS = ("config.json", "tokenizer.json", "tokenizer.model", "spiece.model", "vocab.json", "merges.txt")
_CHUNK_BYTES = 1 << 20


class BaseError(ValueError):
    """The name leads to no base model; the message says what to write instead."""


@dataclass(frozen=True, slots=True)
class Base:
    """A base model. ``name`` is what a manifest remembers: ``resolve(base.name) == base``, from any folder.

    ``location`` is a local folder or a hub id, as transformers' ``from_pretrained`` takes it. ``known_hash`` is what
    ``identified`` found out.
    """

    name: str
    location: str
    known_hash: str | None = field(default=None, compare=False, kw_only=True)

    def identified(self) -> "Base":
        """Return this base with its hash at hand: reading gigabytes is done before anybody waits. Raises BaseError."""
        return replace(self, known_hash=self.hash())

    def folder(self) -> Path:
        """Return the local folder of the files. Raises BaseError when a hub model is not in the cache yet."""
        local = Path(self.location)
        if local.is_dir():
            return local
        if local.is_absolute():
            raise BaseError(f"The base's folder {local} does not exist: restore it or name another base.")
        from huggingface_hub import try_to_load_from_cache

        config = try_to_load_from_cache(self.location, "config.json")
        if not isinstance(config, str):
            raise BaseError(f"{self.location} is not in the hub cache: load it once with network access.")
        return Path(config).parent

    def hash(self) -> str:
        """Return ``sha256:…`` over config, vocabulary and weight files, or ``commit:…`` for a model of the hub's cache.

        Raises BaseError when the files are not on this machine or the folder holds no weights.
        """
        if self.known_hash is not None:
            return self.known_hash
        folder = self.folder()
        if folder.parent.name == "snapshots":
            return f"commit:{folder.name}"
        weights = sorted(path for pattern in _WEIGHTS for path in folder.glob(pattern))
        if not weights or not (folder / "config.json").is_file():
            raise BaseError(f"{folder} is no model: it needs config.json and weights (*.safetensors).")
        described = [folder / name for name in _DESCRIPTIONS if (folder / name).is_file()]
        return f"sha256:{_hash_files([*described, *weights])}"


def resolve(name: str) -> Base:
    """Return the base that ``name`` means: mini, rinna, elyza, a model folder, or a hub id.

    A folder is remembered by its absolute path. Raises BaseError for anything else.
    """
    if name == MINI:
        return Base(MINI, str(Path(__file__).parent / MINI))
    if name in KNOWN:
        return Base(name, KNOWN[name])
    folder = Path(name).expanduser()
    if name and folder.is_dir():
        absolute = str(folder.resolve())
        return Base(absolute, absolute)
    if _HUB_ID.fullmatch(name):
        return Base(name, name)
    raise BaseError(
        f"Unknown base {name!r}: use mini, rinna, elyza, the path of a model folder, or a hub id OWNER/NAME."
    )


def _hash_files(paths: Iterable[Path]) -> str:
    """Return one sha256 over names and contents, a megabyte in memory at a time."""
    whole = hashlib.sha256()
    for path in paths:
        whole.update(f"{path.name}\0{sha256_of(path)}\n".encode())
    return whole.hexdigest()


def sha256_of(path: Path) -> str:
    """Return the hex sha256 of one file, read a megabyte at a time."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
