"""The page of health: worker and bot in figures, asked again every two seconds while somebody looks.

Knows how figures are shown; they are the same as on the worker's and the console's /metrics.
"""

import time
from collections.abc import Iterable

from nicegui import ui

from bot.completions import WorkerError
from bot.platforms.console.chat import heading
from bot.platforms.console.desk import Desk
from bot.platforms.console.words import Words
from bot.vitals import Vitals
from bot.worker_metrics import WorkerFigures, read_figures
from model.protocol import Status

EVERY_S = 2.0
MIB = 2**20
LONG_CHARS = 12
"""A longer value is shown smaller, so that its words stay whole."""

Figure = tuple[str, str]


async def health_page(desk: Desk, words: Words) -> None:
    """Put the figures on the page."""
    page = HealthPage(desk, words)
    page.build()
    await page.look()
    ui.timer(EVERY_S, page.look)


class _Board:
    """Figures in a grid, changed in place."""

    def __init__(self) -> None:
        self._box = ui.element("div").classes("grid4")
        self._values: dict[str, ui.label] = {}

    def show(self, figures: Iterable[Figure]) -> None:
        """Show these and no others."""
        shown = dict(figures)
        if shown.keys() != self._values.keys():
            self._box.clear()
            self._values = {name: self._cell(name) for name in shown}
        for name, value in shown.items():
            is_long = len(value) > LONG_CHARS
            self._values[name].text = value
            self._values[name].classes(add="long" if is_long else "", remove="" if is_long else "long")

    def _cell(self, name: str) -> ui.label:
        with self._box, ui.element("div").classes("panel"):
            ui.label(name).classes("soft")
            return ui.label().classes("big")


class HealthPage:
    """One open page; remembers the look before, to tell a rate."""

    def __init__(self, desk: Desk, words: Words) -> None:
        self._desk = desk
        self._words = words
        self._say = words.say
        self._before: tuple[float, float] | None = None

    def build(self) -> None:
        """Build the page."""
        heading(self._say("health"), 1)
        heading(self._say("worker"))
        self._trouble = ui.label().classes("bad")
        self._worker = _Board()
        heading(self._say("bot"))
        self._bot = _Board()
        heading(self._say("platforms"))
        self._doors = ui.element("div").classes("stack")

    async def look(self) -> None:
        """Show the figures as they are now."""
        vitals = await self._desk.vital_signs.take()
        try:
            status = await self._desk.worker.status()
            figures = read_figures(await self._desk.worker.metrics())
        except WorkerError as error:
            self._trouble.text = self._say("worker_away", reason=error)
            self._trouble.visible = True
            self._worker.show(())
        else:
            self._trouble.visible = False
            self._worker.show(self._worker_figures(status, figures))
        self._bot.show(self._bot_figures(vitals))
        self._show_doors(vitals)

    def _worker_figures(self, status: Status, figures: WorkerFigures) -> Iterable[Figure]:
        say, none = self._say, self._say("unknown")
        yield say("current"), status.current or none
        yield say("swapping_to"), status.swapping or none
        yield say("queue"), f"{status.queue}"
        yield say("running"), f"{status.running}"
        yield say("ttft_p50"), _ms(figures.ttft_p50_s) or none
        yield say("ttft_p95"), _ms(figures.ttft_p95_s) or none
        yield say("tokens_per_s"), f"{self._rate(figures.num_answer_tokens):.1f}"
        yield say("memory"), f"{figures.memory_bytes / MIB:,.0f} MiB" if figures.memory_bytes else none
        yield say("device"), f"{status.device}, {status.quantization}"
        yield say("requests"), ", ".join(f"{k} {v:.0f}" for k, v in sorted(figures.num_requests.items())) or "0"

    def _rate(self, num_tokens: float) -> float:
        now, before = time.monotonic(), self._before
        self._before = (now, num_tokens)
        return max(0.0, (num_tokens - before[1]) / (now - before[0])) if before else 0.0

    def _bot_figures(self, vitals: Vitals) -> Iterable[Figure]:
        say = self._say
        yield say("waiting"), f"{vitals.num_waiting}"
        yield say("open_deliveries"), f"{vitals.num_open_deliveries}"
        yield say("pushes"), f"{vitals.num_pushes} / {vitals.push_budget}"
        for key, prefix, kind in (("answered", "answers.", "outcome"), ("guard_hits", "verdicts.", "fault")):
            found = {
                self._words.known(kind, name.removeprefix(prefix)): n
                for name, n in vitals.counts.items()
                if name.startswith(prefix)
            }
            yield say(key), ", ".join(f"{name} {number}" for name, number in sorted(found.items())) or "0"

    def _show_doors(self, vitals: Vitals) -> None:
        self._doors.clear()
        with self._doors:
            for name, (is_open, reason) in sorted(vitals.doors.items()):
                with ui.element("div").classes("rowline"):
                    ui.label(name)
                    ui.label(self._say("door_open" if is_open else "door_down")).classes(
                        "tag good" if is_open else "tag bad"
                    )
                    if reason:
                        ui.label(reason).classes("soft")


def _ms(seconds: float | None) -> str | None:
    return None if seconds is None else f"{seconds * 1000:,.0f} ms"
