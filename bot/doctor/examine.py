"""Runs every check and returns what was found, in the order a person reads it. Knows which checks there are."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date

from bot.doctor.discord_checks import check_discord
from bot.doctor.findings import Finding
from bot.doctor.line_checks import check_line
from bot.doctor.machine_checks import Machine, check_machine
from bot.doctor.service_checks import check_database, check_worker
from bot.doctor.shelf_checks import check_shelf
from bot.settings import Settings


async def examine(settings: Settings, machine: Machine | None = None) -> list[Finding]:
    """Return every finding; a check that is told twice (the clock, by two platforms) counts once, as the worse."""
    found = [finding async for finding in _all(settings, machine or Machine())]
    clocks = [finding for finding in found if finding.check == "clock"]
    worst = next((each for each in clocks if each.key != "clock.right"), clocks[0] if clocks else None)
    return [finding for finding in found if finding.check != "clock" or finding is worst]


async def _all(settings: Settings, machine: Machine) -> AsyncIterator[Finding]:
    worker = [finding async for finding in check_worker(settings)]
    is_running = machine.is_running or any(finding.key == "worker.answers" for finding in worker)
    for finding in check_machine(settings, replace(machine, is_running=is_running)):
        yield finding
    async for finding in check_database(settings):
        yield finding
    for finding in check_shelf(settings, date.today()):
        yield finding
    for finding in worker:
        yield finding
    async for finding in check_discord(settings):
        yield finding
    async for finding in check_line(settings):
        yield finding
