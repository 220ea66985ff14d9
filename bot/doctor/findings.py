"""What one check found: how bad it is, and the key of the sentence that says so. Knows no check."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.doctor.words import SENTENCES
from bot.i18n import Locale


class Level(StrEnum):
    """How bad it is: good, worth a look, or in the way."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """``key`` names the sentence and its remedy in ``bot.doctor.words``; the part before the dot is the check."""

    key: str
    level: Level
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def check(self) -> str:
        """Return what was looked at."""
        return self.key.partition(".")[0]

    def message(self, locale: Locale) -> str:
        """Return what was found."""
        return SENTENCES[self.key][0 if locale == "ja" else 1].format(**self.values)

    def remedy(self, locale: Locale) -> str:
        """Return what to do; nothing where all is well."""
        sentence = SENTENCES[self.key]
        return sentence[2 if locale == "ja" else 3].format(**self.values) if len(sentence) > 2 else ""

    def document(self, locale: Locale) -> dict[str, str]:
        """Return the finding as `senpai doctor --json` prints it."""
        told = {"message": self.message(locale), "remedy": self.remedy(locale)}
        return {"check": self.check, "finding": self.key, "level": self.level.value, **told}


def ok(key: str, **values: object) -> Finding:
    """All is well."""
    return Finding(key, Level.OK, values)


def warn(key: str, **values: object) -> Finding:
    """Worth a look."""
    return Finding(key, Level.WARN, values)


def fail(key: str, **values: object) -> Finding:
    """In the way."""
    return Finding(key, Level.FAIL, values)
