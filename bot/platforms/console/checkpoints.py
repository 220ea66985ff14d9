"""The page of the shelf: what is there, how good it is, which one answers; use another, or go back.

Knows how checkpoints look. Swaps through the command table: the rules and the audit log are the same everywhere.
"""

import asyncio
import time

from nicegui import ui

from bot.platforms.console.chat import heading, row
from bot.platforms.console.desk import Desk
from bot.platforms.console.frame import icon_button
from bot.platforms.console.shelf_view import REPORT, Shelved, changes, shelved
from bot.platforms.console.words import Words

GATE_CLASSES = {"passed": "good", "failed": "bad", "forced": "warn"}


async def checkpoints_page(desk: Desk, words: Words) -> None:
    """Put the shelf on the page."""
    CheckpointsPage(desk, words).build()


class CheckpointsPage:
    """One open page of the shelf."""

    def __init__(self, desk: Desk, words: Words) -> None:
        self._desk = desk
        self._words = words
        self._say = words.say
        self._is_swapping = False

    def build(self) -> None:
        """Build the page."""
        with ui.element("div").classes("rowline spread"):
            heading(self._say("checkpoints"), 1)
            self._back = ui.button(self._say("rollback"), icon="undo", on_click=self._roll_back).props(
                "outline no-caps"
            )
        with ui.element("div").classes("stack").props("role=status") as self._progress:
            self._doing = ui.label()
            ui.linear_progress(show_value=False).props(f'indeterminate aria-label="{self._say("checkpoints")}"')
        self._progress.visible = False
        self._list = ui.element("div").classes("stack")
        self._fill()

    def _fill(self) -> None:
        found = shelved(self._desk.home, self._desk.current.read().checkpoint)
        self._list.clear()
        with self._list:
            if not found:
                ui.label(self._say("no_checkpoints")).classes("soft")
            for each in found:
                self._show(each)
            self._show_history()

    def _show(self, each: Shelved) -> None:
        say = self._say
        with ui.element("article").classes("panel on" if each.is_current else "panel"):
            with ui.element("div").classes("rowline"):
                heading(each.name)
                if each.is_current:
                    ui.label(say("current")).classes("tag good")
                ui.label(say(f"gate_{each.gate}")).classes(f"tag {GATE_CLASSES[each.gate]}")
            made = say("made", base=each.base, method=each.method, at=f"{each.created_at:%Y-%m-%d %H:%M}")
            ui.label(made).classes("soft")
            if each.gate_failed:
                ui.label(", ".join(each.gate_failed)).classes("bad")
            with ui.element("div").classes("grid4"):
                for name, value in figures(each):
                    with ui.element("div"):
                        ui.label(self._words.metric(name)).classes("soft")
                        ui.label(value)
            with ui.element("div").classes("rowline"):
                if not each.is_current:
                    self._use_button(each)
                if each.has_report:
                    button = ui.button(say("report"), icon="assessment", on_click=lambda: self._open_report(each.name))
                    button.props("outline no-caps")

    def _use_button(self, each: Shelved) -> None:
        if each.gate == "failed":
            button = ui.button(self._say("use_forced"), on_click=lambda: self._confirm(each))
            button.props("outline no-caps color=negative")
            return
        ui.button(self._say("use"), on_click=lambda: self._swap(each.name, "use", each.name)).props(
            "unelevated no-caps"
        )

    async def _confirm(self, each: Shelved) -> None:
        failed = ", ".join(each.gate_failed) or "?"
        with self._list, ui.dialog() as dialog, ui.element("div").classes("panel"):
            ui.label(self._say("confirm_force", name=each.name, failed=failed))
            with ui.element("div").classes("rowline"):
                ui.button(self._say("cancel"), on_click=lambda: dialog.submit(False)).props("outline no-caps")
                yes = ui.button(self._say("use_forced"), on_click=lambda: dialog.submit(True))
                yes.props("unelevated no-caps color=negative")
        is_sure = await dialog
        dialog.delete()
        if is_sure:
            await self._swap(each.name, "use", each.name, "force")

    async def _roll_back(self) -> None:
        await self._swap(self._say("rollback"), "rollback")

    async def _swap(self, name: str, *words: str) -> None:
        """Swap, show for how long it has been going on, and say how it ended."""
        if self._is_swapping:
            return
        self._is_swapping, begun_at = True, time.monotonic()
        self._back.disable()
        swapping = asyncio.create_task(self._desk.command("model", *words))
        while not swapping.done():
            seconds = int(time.monotonic() - begun_at)
            self._doing.text = self._say("swapping", name=name, seconds=seconds)
            self._progress.visible = True
            await asyncio.wait((swapping,), timeout=1)
        self._progress.visible, self._is_swapping = False, False
        self._back.enable()
        self._fill()
        with self._list:
            ui.notify(swapping.result(), multi_line=True, timeout=8000, close_button=self._say("close"))

    def _open_report(self, name: str) -> None:
        with self._list, ui.dialog(value=True).props("maximized") as dialog, ui.element("div").classes("panel"):
            with ui.element("div").classes("rowline spread"):
                heading(f"{self._say('report')}: {name}")
                icon_button("close", self._say("close"), dialog.close)
            frame = ui.element("iframe").classes("frame")
            page = f"/reports/{name}/{REPORT}{'#english' if self._words.locale == 'en' else ''}"
            frame.props(f'src="{page}" sandbox="" title="{self._say("report")}: {name}"')
        dialog.on("hide", dialog.delete)

    def _show_history(self) -> None:
        past = changes(self._desk.home)
        if not past:
            return
        heading(self._say("history"))
        with ui.element("table").classes("facts"):
            for change in past:
                mark = "!" if change.is_forced else ""
                row(f"{change.at.astimezone():%Y-%m-%d %H:%M}", f"{change.to}{mark} ({change.who})")


def figures(each: Shelved) -> list[tuple[str, str]]:
    """Return the metrics of a checkpoint as names and numbers."""
    shown = []
    for name, measure in sorted(each.metrics.items()):
        value = measure.get("value") if isinstance(measure, dict) else measure
        if isinstance(value, int | float):
            shown.append((name, f"{value:.2f}"))
    return shown
