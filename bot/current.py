"""Which checkpoint answers now, as whom and by whose leave: asked of the worker, and read from the shelf without one.

Knows files of the shelf and one question; does not know weights or HTTP. Reads ``HOME/checkpoints/current`` and, of the
checkpoint it names, ``persona.toml`` (again only when it has changed) and ``consent.toml``.
"""

import logging
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

from bot.completions import WorkerError
from bot.shelf import CURRENT, chosen
from model.consent import Consent, ConsentError, load, parse, require_kept
from model.facts import FACTS, Facts
from model.persona import Persona, PersonaError, load_persona
from model.protocol import BASE_PREFIX, CheckpointCard

log = logging.getLogger(__name__)

DEFAULT_CHECKPOINT = f"{BASE_PREFIX}mini"
DEFAULT_PERSONA = Persona(name="senpai")
CONSENT = "consent.toml"


@dataclass(frozen=True, slots=True)
class Answering:
    """The checkpoint's name, as the worker knows it, the persona it imitates, and what that has said."""

    checkpoint: str
    persona: Persona
    facts: Facts


@dataclass(frozen=True, slots=True)
class Told:
    """Who answers, as a worker tells it; without a card whatever else there is to know is read in this home."""

    checkpoint: str
    card: CheckpointCard | None = None


class Informant(Protocol):
    """Whoever knows who answers."""

    async def told(self, name: str | None) -> Told:
        """Return who answers, or as whom ``name`` would. Raises WorkerError."""


class CurrentCheckpoint:
    """What the worker said last, and until it has said anything the shelf's choice, followed without being told."""

    def __init__(
        self, home: Path, *, start: str | None = None, pinned: str | None = None, worker: Informant | None = None
    ) -> None:
        """``start`` names a checkpoint that answers until the shelf's choice changes, ``pinned`` whatever it is."""
        self._start = start
        self._pinned = pinned
        self._worker = worker
        self._told: Told | None = None
        self._is_silent = False
        self._home = home
        self._shelf = home / "checkpoints"
        self._chosen_before = self._chosen_at()
        self._known: tuple[Path, int, Persona] | None = None

    async def refresh(self) -> None:
        """Ask the worker who answers now; while it does not say, what it said last stands."""
        if self._worker is None:
            return
        try:
            self._told = await self._worker.told(self._pinned)
            self._is_silent = False
        except WorkerError as error:
            if not self._is_silent:
                log.info("nobody says who answers now: %s", error)
            self._is_silent = True

    def read(self) -> Answering:
        """Return who answers now. Raises model.persona.PersonaError when that checkpoint's persona is unusable."""
        name = self._name()
        card = self._card_of(name)
        persona = card.persona if card and card.persona else self._persona(self._shelf / name / "persona.toml")
        return Answering(name, persona, self.facts_of(name))

    def facts_of(self, name: str) -> Facts:
        """Return what the persona of a checkpoint has said; nothing for a base."""
        return Facts(self._shelf / name / FACTS)

    def consent(self) -> Consent | None:
        """Return the consent behind the checkpoint that answers; None where there is none to read, as for a base."""
        try:
            return self._consent_of(self._name())
        except ConsentError:
            return None

    def refusal(self, platform: str, name: str | None = None) -> ConsentError | None:
        """Return why the checkpoint ``name``, or the current one, may not answer there today; None when it may.

        What imitates nobody, a base or the model of a foreign server, needs no consent.
        """
        name = name or self._name()
        card = self._card_of(name)
        imitates = card.persona is not None if card else (self._shelf / name / "persona.toml").exists()
        if not imitates:
            return None
        try:
            consent = self._consent_of(name)
            consent.require(date.today(), platform=platform)
            require_kept(consent, self._home)
        except ConsentError as error:
            return error
        return None

    def _card_of(self, name: str) -> CheckpointCard | None:
        return self._told.card if self._told is not None and self._told.checkpoint == name else None

    def _consent_of(self, name: str) -> Consent:
        """Return the consent, as the worker sent it or from this home. Raises ConsentError."""
        card = self._card_of(name)
        if card is not None:
            return parse(card.consent or "", f"consent.toml of {name}")
        return load(self._shelf / name / CONSENT)

    def call_names(self) -> tuple[str, ...]:
        """Return the names the persona answers to; none while its file is unusable, which `read` will tell."""
        try:
            return self.read().persona.call_names
        except PersonaError:
            return ()

    def _name(self) -> str:
        if self._told is not None:
            return self._told.checkpoint
        if self._pinned:
            return self._pinned
        if self._start and self._chosen_at() == self._chosen_before:
            return self._start
        return chosen(self._shelf) or DEFAULT_CHECKPOINT

    def _chosen_at(self) -> int | None:
        """Return when the shelf's choice was made, in nanoseconds."""
        try:
            return (self._shelf / CURRENT).stat().st_mtime_ns
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
