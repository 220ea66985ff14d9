"""The page of data: what a data folder holds, who agreed, and the review of what was masked and dropped.

Knows charts, tables and buttons. What a decision does is decided by `senpai data review`.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

from bot.platforms.console.chat import heading, row
from bot.platforms.console.data_files import (
    DROPPED_KIND,
    DataFolder,
    Decision,
    always_keep,
    data_folders,
    decide,
    read_folder,
)
from bot.platforms.console.desk import Desk
from bot.platforms.console.senpai_command import CommandFailed
from bot.platforms.console.words import Words

ACTIONS = ("keep", "mask", "edit", "drop")
REVIEWED = {"kind": "shown_kind", "span": "span", "replacement": "replacement", "action": "shown_action"}
"""The columns of the review, each with the field of a row that it shows."""
ROWS_PER_PAGE = 10
CROWDED_CHARS = 40
"""Half-width characters that fit below a histogram side by side, also on a phone."""
FAINT = {"lineStyle": {"color": "#7a849b44"}}
ONLY_MASKS = dict.fromkeys(("mask", "allow"), """v-if="!props.row.kind.startsWith('dropped:')" """)
"""Vue's condition for the buttons that make no sense for a dropped utterance."""


async def data_page(desk: Desk, words: Words) -> None:
    """Put the data folders on the page."""
    await DataPage(desk, words).build()


class DataPage:
    """One open page of data."""

    def __init__(self, desk: Desk, words: Words) -> None:
        self._desk = desk
        self._words = words
        self._say = words.say
        self._folder = Path()

    async def build(self) -> None:
        """Build the page."""
        heading(self._say("data"), 1)
        names = await asyncio.to_thread(data_folders, self._desk.home)
        if not names:
            ui.label(self._say("no_data")).classes("soft")
            return
        choice = ui.select(names, value=names[0], label=self._say("data_folder")).props("outlined dense")
        choice.on_value_change(lambda: self._open(str(choice.value)))
        self._box = ui.element("div").classes("stack")
        await self._open(names[0])

    async def _open(self, name: str) -> None:
        folder = self._folder = self._desk.home / "data" / name
        data = await asyncio.to_thread(read_folder, folder)
        if self._folder != folder:  # another one was chosen while this one was read
            return
        self._box.clear()
        with self._box:
            self._show_card(data)
            self._show_consent(data.consent)
            self._show_review(list(map(dict, data.review)))

    def _show_card(self, data: DataFolder) -> None:
        card, say = data.card, self._say
        histograms = card.get("histograms", {})
        with ui.element("div").classes("grid4"):
            for name, value in (
                ("utterances", card.get("num_utterances", 0)),
                ("characters", card.get("num_chars", 0)),
                ("held_out", len(card.get("held_out", ()))),
            ):
                with ui.element("div").classes("panel"):
                    ui.label(say(name)).classes("soft")
                    ui.label(f"{value:,}").classes("big")
        with ui.element("div").classes("grid2"):
            bars(say("lengths"), histograms.get("chars", {}))
            bars(say("years"), histograms.get("years", {}))
            bars(say("endings"), data.endings)
            bars(say("sources"), {source["source"]: source["kept"] for source in card.get("sources", ())})

    def _show_consent(self, consent: Mapping[str, Any]) -> None:
        heading(self._say("consent"))
        if not consent:
            ui.label(self._say("no_consent")).classes("warn")
            return
        with ui.element("table").classes("facts"):
            for name in ("person", "given_at", "until", "basis"):
                row(self._say(f"consent_{name}"), str(consent.get(name, "–")))
            for name in ("sources", "platforms"):
                row(self._say(f"consent_{name}"), ", ".join(map(str, consent.get(name, ()))))

    def _show_review(self, rows: list[dict[str, str]]) -> None:
        say = self._say
        heading(say("review"))
        if not rows:
            ui.label(say("nothing_to_review")).classes("soft")
            return
        for each in rows:
            each["shown_kind"] = self._kind(each["kind"])
            each["shown_action"] = self._words.known("do", each["action"])
        kinds = {kind: self._kind(kind) for kind in ["", *sorted({each["kind"] for each in rows})]}
        choice = ui.select(kinds, value="", label=say("kind")).props("outlined dense")
        columns = [
            {"name": name, "label": say(f"review_{name}"), "field": field, "align": "left", "sortable": True}
            for name, field in REVIEWED.items()
        ]
        columns.append({"name": "decide", "label": say("decide"), "field": "number", "align": "left"})
        table = ui.table(rows=rows, columns=columns, row_key="number", pagination=ROWS_PER_PAGE).classes("full-width")
        table.props("flat wrap-cells grid-header=false").classes("review")
        table.add_slot("body-cell-decide", _buttons({action: say(f"do_{action}") for action in (*ACTIONS, "allow")}))
        table.on("decide", self._decide)

        def filter_rows() -> None:
            table.rows = [each for each in rows if choice.value in ("", each["kind"])]

        choice.on_value_change(filter_rows)

    def _kind(self, kind: str) -> str:
        if kind.startswith(DROPPED_KIND):
            return self._say("kind_dropped", reason=self._words.known("reason", kind.removeprefix(DROPPED_KIND)))
        return self._words.known("kind", kind) if kind else self._say("every_kind")

    async def _decide(self, event: GenericEventArguments) -> None:
        chosen, action = event.args["row"], str(event.args["action"])
        number, replacement = int(chosen["number"]), str(chosen["replacement"])
        if action == "allow":
            kept = await asyncio.to_thread(always_keep, self._desk.home, self._folder, str(chosen["span"]))
            await self._carry_out(kept)
            return
        if action == "edit":
            written = await self._ask_words(str(chosen["span"]), replacement)
            if written is None:
                return
            replacement = written
        await self._carry_out({number: Decision(action, replacement)})

    async def _ask_words(self, span: str, replacement: str) -> str | None:
        with self._box, ui.dialog() as dialog, ui.element("div").classes("panel"):
            heading(self._say("do_edit"))
            ui.label(span).classes("pre soft")
            field = ui.input(self._say("review_replacement"), value=replacement).props("outlined autofocus")
            with ui.element("div").classes("rowline"):
                ui.button(self._say("cancel"), on_click=lambda: dialog.submit(None)).props("outline no-caps")
                save = ui.button(self._say("save"), on_click=lambda: dialog.submit(field.value or ""))
                save.props("unelevated no-caps")
        written = await dialog
        dialog.delete()
        return None if written is None else str(written)

    async def _carry_out(self, decisions: Mapping[int, Decision]) -> None:
        name = self._folder.name
        try:
            async with self._desk.deciding:
                if decisions:
                    await decide(self._desk.home, self._folder, decisions)
        except CommandFailed as error:
            with self._box:
                ui.notify(self._say("failed", reason=error), type="warning", multi_line=True)
            return
        await self._open(name)
        with self._box:
            ui.notify(self._say("decided", num=len(decisions)))


def bars(title: str, counts: Mapping[str, int]) -> None:
    """Put a histogram, with its numbers as a table for those who cannot see it."""
    is_crowded = sum(map(_width, counts)) > CROWDED_CHARS
    label = {"color": "#7a849b", "interval": 0, "rotate": 60 if is_crowded else 0}
    with ui.element("section").classes("panel"):
        heading(title, 3)
        options = {
            "grid": {"left": 8, "right": 8, "top": 8, "bottom": 8, "containLabel": True},
            "xAxis": {"type": "category", "data": list(counts), "axisLabel": label},
            "yAxis": {"type": "value", "minInterval": 1, "axisLabel": {"color": "#7a849b"}, "splitLine": FAINT},
            "series": [{"type": "bar", "data": list(counts.values()), "itemStyle": {"color": "#5b7bd5"}}],
            "animation": False,
        }
        told = ", ".join(f"{name} {number}" for name, number in counts.items())
        ui.echart(options).style("height:12rem").props(f'role=img aria-label="{_attribute(f"{title}: {told}")}"')


def _width(text: str) -> int:
    """Return about how many half-width characters a text is wide."""
    return sum(1 if character.isascii() else 2 for character in text)


def _attribute(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', "'").replace("\n", " ")


def _buttons(labels: Mapping[str, str]) -> str:
    """Return the slot with one button for each action; a dropped utterance is not masked, nor are its words listed."""
    buttons = "".join(
        f'''<q-btn flat dense no-caps label="{label}" class="q-px-sm" {ONLY_MASKS.get(action, "")}
        @click="() => $parent.$emit('decide', {{row: props.row, action: '{action}'}})" />'''
        for action, label in labels.items()
    )
    return f'<q-td :props="props" class="decide">{buttons}</q-td>'
