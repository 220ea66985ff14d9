"""The command `senpai init`: asks, tries, writes. Knows questions and flags; wires ``steps`` and ``env_file``.

Without a terminal the answers are read line by line from stdin; with a flag or ``--yes`` nothing is asked.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer

from bot.doctor.findings import Finding, Level
from bot.i18n import Locale
from bot.settings import Settings, checked_settings, read_settings
from bot.wizard.env_file import read_env, write_env
from bot.wizard.steps import Tried, set_webhook, try_discord, try_line
from bot.wizard.words import SENTENCES

MAX_TRIES = 3


class NotGood(Exception):
    """A token or an address did not stand the test; the message says what to do."""


def init(  # noqa: PLR0917 - typer reads the options off the parameters
    discord_token: Annotated[str | None, typer.Option(help="Bot token; better typed when asked.")] = None,
    discord_admin_ids: Annotated[str | None, typer.Option(help="User ids, comma-separated.")] = None,
    line_token: Annotated[str | None, typer.Option(help="Channel access token; better typed when asked.")] = None,
    line_secret: Annotated[str | None, typer.Option(help="Channel secret; better typed when asked.")] = None,
    line_admin_ids: Annotated[str | None, typer.Option(help="LINE user ids, comma-separated.")] = None,
    line_webhook: Annotated[str | None, typer.Option(help="Set this URL at LINE and let LINE try it.")] = None,
    env_file: Annotated[Path, typer.Option(help="The file to write.")] = Path(".env"),
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing; take the flags alone.")] = False,
) -> None:
    """Write .env step by step: each token is tried, LINE's webhook set and tested, Discord's invitation shown."""
    settings = read_settings()
    flags = {
        "discord_token": discord_token,
        "discord_admin_ids": discord_admin_ids,
        "line_channel_access_token": line_token,
        "line_channel_secret": line_secret,
        "line_admin_ids": line_admin_ids,
        "line_webhook": line_webhook,
    }
    has_flags = any(flags.values())
    wizard = Wizard(
        settings=settings,
        path=env_file,
        known=read_env(env_file),
        flags={name: value for name, value in flags.items() if value},
        is_asking=not yes and not has_flags,
    )
    wizard.run()


@dataclass(slots=True)
class Wizard:
    """One walk through the questions; ``changes`` is what will be written."""

    settings: Settings
    path: Path
    known: dict[str, str]
    flags: dict[str, str]
    is_asking: bool
    changes: dict[str, str] = field(default_factory=dict)

    def run(self) -> None:
        """Ask, try and write. Raises NotGood and SettingsError; nothing is written then."""
        if self.is_asking:
            self._tell("begin", path=self.path)
        api = self.settings.discord_api_url
        if self._tested("discord_token", lambda token: asyncio.run(try_discord(token, api))):
            self._take("discord_admin_ids")
        line_url = self.settings.line_api_url
        if self._tested("line_channel_access_token", lambda token: asyncio.run(try_line(token, line_url))):
            self._take("line_channel_secret", is_secret=True)
            self._take("line_admin_ids")
        checked_settings(self.known | self.changes)
        webhook = self._webhook()
        self._write()
        if webhook and webhook.level is not Level.OK:
            raise NotGood(self._both(webhook))

    def _tested(self, name: str, trial: Callable[[str], Tried]) -> str | None:
        """Take a token that stands its test; asks again when one does not."""
        for remaining in reversed(range(MAX_TRIES)):
            token = self._answer(name, is_secret=True)
            if token is None:
                return self.known.get(name.upper())
            tried = trial(token)
            if tried.finding.level is Level.OK:
                typer.echo(tried.finding.message(self._locale), err=True)
                if tried.invite:
                    self._tell("invite", url=tried.invite)
                self.changes[name.upper()] = token
                return token
            if not self.is_asking or not remaining:
                raise NotGood(self._both(tried.finding))
            typer.echo(self._both(tried.finding), err=True)
        return None

    def _take(self, name: str, *, is_secret: bool = False) -> None:
        if answer := self._answer(name, is_secret=is_secret):
            self.changes[name.upper()] = answer

    def _webhook(self) -> Finding | None:
        token = (self.known | self.changes).get("LINE_CHANNEL_ACCESS_TOKEN")
        webhook = self._answer("line_webhook") if token else None
        if not token or not webhook:
            return None
        finding = asyncio.run(set_webhook(token, webhook, self.settings.line_api_url))
        if finding.level is Level.OK:
            typer.echo(finding.message(self._locale), err=True)
        return finding

    def _answer(self, name: str, *, is_secret: bool = False) -> str | None:
        """Return the flag, or what a person says; None when they say nothing."""
        if not self.is_asking:
            return self.flags.get(name)
        kept = f" [{self._say('kept')}]" if name.upper() in self.known else ""
        said = typer.prompt(
            f"{self._say(name)}{kept}",
            default="",
            show_default=False,
            hide_input=is_secret and _is_terminal(),
            err=True,
        )
        return str(said).strip() or None

    def _write(self) -> None:
        if not self.changes:
            self._tell("unchanged")
        else:
            write_env(self.path, self.changes)
            self._tell("written", path=self.path)
        self._tell("next")

    @property
    def _locale(self) -> Locale:
        return self.settings.senpai_locale

    def _say(self, key: str, **values: object) -> str:
        return SENTENCES[key][self._locale == "en"].format(**values)

    def _tell(self, key: str, **values: object) -> None:
        typer.echo(self._say(key, **values), err=True)

    def _both(self, finding: Finding) -> str:
        return f"{finding.message(self._locale)} {finding.remedy(self._locale)}".strip()


def _is_terminal() -> bool:
    return typer.get_text_stream("stdin").isatty()
