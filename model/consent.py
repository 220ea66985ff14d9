"""Reads consent.toml and says whether it covers a day, a platform and the sources of a data set.

Knows the form of the consent. Does not know where it is asked for.
"""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

PLATFORMS = ("discord", "line", "console")
REVOKED = "revoked.jsonl"
"""The note below SENPAI_HOME of consents that were taken back (``senpai consent revoke``)."""

FIELDS = ("person", "contact", "given_at", "until", "basis", "sources", "platforms")


class ConsentError(Exception):
    """The consent is missing, incomplete or does not cover what is about to happen; one sentence for each problem."""

    def __init__(self, *problems: str) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What ``person`` agreed to, from ``given_at`` to ``until``, both days included."""

    person: str
    contact: str
    given_at: date
    until: date
    basis: str
    sources: tuple[str, ...]
    platforms: tuple[str, ...]

    def require(self, today: date, platform: str | None = None, sources: Mapping[str, str] | None = None) -> None:
        """Return when everything asked for is covered. ``sources`` maps the name of each source to its sha256.

        Raises:
            ConsentError: with one sentence for each thing that is not covered.
        """
        problems = [*self._problems_of_time(today), *self._problems_of_sources(sources or {})]
        if platform is not None and platform not in self.platforms:
            problems.append(f"platforms of the consent of {self.person} does not name {platform}; ask before using it.")
        if problems:
            raise ConsentError(*problems)

    def _problems_of_time(self, today: date) -> list[str]:
        if today < self.given_at:
            return [f"given_at of the consent of {self.person} is {self.given_at}, which is still to come."]
        if today > self.until:
            return [f"The consent of {self.person} ended on {self.until} (field until); ask for it anew."]
        return []

    def _problems_of_sources(self, sources: Mapping[str, str]) -> list[str]:
        if "*" in self.sources:
            return []
        return [
            f"sources of the consent of {self.person} does not name {name}, nor its sha256 {digest}."
            for name, digest in sources.items()
            if name not in self.sources and Path(name).name not in self.sources and digest not in self.sources
        ]


def require_kept(consent: Consent, home: Path) -> None:
    """Return when the person has not taken this consent back. Raises ConsentError."""
    path = home / REVOKED
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        entry = json.loads(line)
        day = datetime.fromisoformat(entry["at"]).astimezone().date()  # given_at is a day where the bot stands, too
        if entry["person"] == consent.person and consent.given_at <= day:
            raise ConsentError(
                f"{consent.person} took the consent back on {day}: ask for it anew, and write a later given_at."
            )


def load(path: Path) -> Consent:
    """Read the consent at ``path``.

    Raises:
        ConsentError: it is not there, is not TOML, or a field is missing or wrong; one sentence for each.
    """
    try:
        return parse(path.read_text(encoding="utf-8-sig"), str(path))
    except FileNotFoundError:
        raise ConsentError(f"{path} does not exist: write it there, see examples/senpai/consent.toml.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConsentError(f"{path} cannot be read as UTF-8 text: {error}.") from None


def parse(text: str, name: str) -> Consent:
    """Read the consent from the TOML in ``text``; ``name`` stands in the sentences. Raises ConsentError."""
    try:
        fields = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConsentError(f"{name} is not TOML: {error}.") from None
    problems = [problem for field in FIELDS if (problem := _problem(field, fields))]
    if problems:
        raise ConsentError(*(f"{name}: {problem}" for problem in problems))
    given_at, until = _date(fields["given_at"]), _date(fields["until"])
    if given_at is None or until is None or until < given_at:
        raise ConsentError(f"{name}: until must not be before given_at.")
    return Consent(
        person=fields["person"].strip(),
        contact=fields["contact"].strip(),
        given_at=given_at,
        until=until,
        basis=fields["basis"].strip(),
        sources=tuple(fields["sources"]),
        platforms=tuple(fields["platforms"]),
    )


def _problem(field: str, fields: Mapping[str, Any]) -> str | None:
    value = fields.get(field)
    if value in (None, "", []):
        return f"{field} is missing."
    if field in ("given_at", "until"):
        return None if _date(value) else f"{field} must be a date such as 2026-04-01."
    if field in ("sources", "platforms"):
        return _problem_of_list(field, value)
    return None if isinstance(value, str) and value.strip() else f"{field} must be a text."


def _problem_of_list(field: str, value: object) -> str | None:
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        return f"{field} must be a list of texts."
    unknown = sorted(set(value) - set(PLATFORMS)) if field == "platforms" else []
    return f"platforms may name {', '.join(PLATFORMS)}, not {', '.join(unknown)}." if unknown else None


def _date(value: object) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None
