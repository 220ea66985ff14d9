"""The command `senpai doctor`: one line for each check, or one JSON document. Computes nothing; wires ``examine``."""

import asyncio
import json
from typing import Annotated

import typer
from rich.console import Console

from bot.doctor.findings import Finding, Level
from bot.i18n import Locale
from bot.settings import read_settings

MARKS = {Level.OK: "[green]ok  [/]", Level.WARN: "[yellow]warn[/]", Level.FAIL: "[red]fail[/]"}


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print exactly one JSON document on stdout.")] = False,
) -> None:
    """Look at tokens, webhook, quota, ports, disk, consent and more; say what is wrong and what to do."""
    from bot.doctor.examine import examine  # knows everything, which every other command would wait for

    settings = read_settings()
    found = asyncio.run(examine(settings))
    is_ok = all(finding.level is not Level.FAIL for finding in found)
    if as_json:
        checks = [finding.document(settings.senpai_locale) for finding in found]
        typer.echo(json.dumps({"ok": is_ok, "checks": checks}, ensure_ascii=False, indent=2))
    else:
        _show(found, settings.senpai_locale)
    if not is_ok:
        raise typer.Exit(1)


def _show(found: list[Finding], locale: Locale) -> None:
    out = Console(highlight=False)
    for finding in found:
        out.print(MARKS[finding.level], f"[bold]{finding.check}[/]", end="  ")
        out.print(finding.message(locale), markup=False, soft_wrap=True)
        if remedy := finding.remedy(locale):
            out.print(f"      → {remedy}", markup=False, soft_wrap=True)
