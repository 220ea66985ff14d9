"""Which checkpoint answers now, as whom and by whose leave. Knows files of the shelf; does not know weights.

Reads ``HOME/checkpoints/current`` and, of the checkpoint it names, ``persona.toml`` (again only when it has changed)
and ``consent.toml``.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from model.consent import Consent, ConsentError, load
from model.facts import FACTS, Facts
from model.persona import Persona, PersonaError, load_persona
from model.protocol import BASE_PREFIX

DEFAULT_CHECKPOINT = f"{BASE_PREFIX}mini"
DEFAULT_PERSONA = Persona(name="senpai")
CONSENT = "consent.toml"


@dataclass(frozen=True, slots=True)
class Answering:
    """The checkpoint's name, as the worker knows it, the persona it imitates, and what that has said."""

    checkpoint: str
    persona: Persona
    facts: Facts


class CurrentCheckpoint:
    """Follows the shelf's choice without being told."""

    def __init__(self, home: Path, *, start: str | None = None, pinned: str | None = None) -> None:
        """``start`` names a checkpoint that answers until the shelf's choice changes, ``pinned`` whatever it is."""
        self._start = start
        self._pinned = pinned
        self._shelf = home / "checkpoints"
        self._chosen_before = self._chosen_at()
        self._known: tuple[Path, int, Persona] | None = None

    def read(self) -> Answering:
        """Return who answers now. Raises model.persona.PersonaError when that checkpoint's persona is unusable."""
        name = self._name()
        folder = self._shelf / name
        return Answering(name, self._persona(folder / "persona.toml"), Facts(folder / FACTS))

    def consent(self) -> Consent | None:
        """Return the consent behind the checkpoint that answers; None where there is none to read, as for a base."""
        try:
            return load(self._shelf / self._name() / CONSENT)
        except ConsentError:
            return None

    def refusal(self, platform: str, name: str | None = None) -> ConsentError | None:
        """Return why the checkpoint ``name``, or the current one, may not answer there today; None when it may.

        What imitates nobody, a base or the model of a foreign server, needs no consent.
        """
        folder = self._shelf / (name or self._name())
        if not (folder / "persona.toml").exists():
            return None
        try:
            load(folder / CONSENT).require(date.today(), platform=platform)
        except ConsentError as error:
            return error
        return None

    def call_names(self) -> tuple[str, ...]:
        """Return the names the persona answers to; none while its file is unusable, which `read` will tell."""
        try:
            return self.read().persona.call_names
        except PersonaError:
            return ()

    def _name(self) -> str:
        if self._pinned:
            return self._pinned
        if self._start and self._chosen_at() == self._chosen_before:
            return self._start
        try:
            return (self._shelf / "current").read_text(encoding="utf-8").strip() or DEFAULT_CHECKPOINT
        except FileNotFoundError:
            return DEFAULT_CHECKPOINT

    def _chosen_at(self) -> int | None:
        """Return when the shelf's choice was made, in nanoseconds."""
        try:
            return (self._shelf / "current").stat().st_mtime_ns
        except FileNotFoundError:
            return None

    def _persona(self, path: Path) -> Persona:
        try:
            changed_at = path.stat().st_mtime_ns
        except FileNotFoundError:
            return DEFAULT_PERSONA
        if self._known is None or self._known[:2] != (path, changed_at):
            self._known = (path, changed_at, load_persona(path))
        return self._known[2]
