"""The page of training: choose data and recipe, start, watch loss and probes, stop.

Knows charts and the lines of a run's metrics.jsonl. Training is `senpai train` in a process of its own.
"""

import asyncio
import json
from pathlib import Path
from typing import Any

from nicegui import ui

from bot.platforms.console.chat import heading
from bot.platforms.console.data_files import data_folders
from bot.platforms.console.desk import Desk
from bot.platforms.console.senpai_command import CommandFailed
from bot.platforms.console.words import Words

BASES = ("mini", "rinna", "elyza")
METHODS = ("lora", "qlora", "full")
RECIPES = Path(__file__).parents[3] / "train" / "recipes"
EVERY_S = 1.5
LABEL = {"color": "#7a849b"}
FAINT = {"lineStyle": {"color": "#7a849b44"}}


async def training_page(desk: Desk, words: Words) -> None:
    """Put the form and the curves on the page."""
    page = TrainingPage(desk, words)
    await page.build()
    ui.timer(EVERY_S, page.look)


class TrainingPage:
    """One open page of training."""

    def __init__(self, desk: Desk, words: Words) -> None:
        self._desk = desk
        self._say = words.say
        self._num_lines = -1

    async def build(self) -> None:
        """Build the page."""
        say, folders = self._say, await asyncio.to_thread(data_folders, self._desk.home)
        heading(say("training"), 1)
        if not folders:
            ui.label(say("no_data")).classes("soft")
        with ui.element("div").classes("grid2"):
            self._data = _choice(say("data_folder"), {name: name for name in folders}, folders[0] if folders else None)
            self._name = ui.input(say("checkpoint_name"), value=self._free_name()).props("outlined dense")
            self._base = ui.select(list(BASES), value="mini", label=say("base"), new_value_mode="add-unique")
            self._base.props("outlined dense use-input")
            self._method = _choice(
                say("method"), {"": say("as_recipe"), **dict(zip(METHODS, METHODS, strict=True))}, ""
            )
            recipes = {str(path): path.stem for path in sorted(RECIPES.glob("*.toml"))}
            self._recipe = _choice(say("recipe"), {"": say("recipe_of_base"), **recipes}, "")
            self._steps = ui.number(say("steps"), min=1, format="%d").props("outlined dense clearable")
        with ui.element("div").classes("rowline"):
            self._start = ui.button(say("start"), icon="play_arrow", on_click=self._begin).props("unelevated no-caps")
            self._stop = ui.button(say("stop"), icon="stop", on_click=self._desk.training.stop).props("outline no-caps")
            self._state = ui.label().props("role=status")
        with ui.element("div").classes("grid2"):
            self._loss = _curves(say("loss"))
            self._probes = _curves(say("probes"))
        self._told = ui.label().classes("told soft")
        await self.look()

    async def look(self) -> None:
        """Show how the run stands now."""
        training = self._desk.training
        self._start.set_enabled(not training.is_running and bool(self._data.value))
        self._stop.set_enabled(training.is_running)
        if not training.name:
            self._state.text = self._say("no_run")
            return
        self._state.text = self._say(_state_key(training.is_running, training.code), name=training.name)
        self._told.text = "\n".join(training.told[-6:])
        lines = await asyncio.to_thread(_metrics, self._desk.home / "runs" / training.name / "metrics.jsonl")
        if len(lines) != self._num_lines:
            self._num_lines = len(lines)
            _draw(self._loss, _series(lines, ("loss", "held_out")))
            _draw(self._probes, probe_series(lines))

    async def _begin(self) -> None:
        words = ["train", str(self._desk.home / "data" / str(self._data.value)), "--name", str(self._name.value)]
        words += ["--base", str(self._base.value)]
        for option, value in (("--method", self._method.value), ("--recipe", self._recipe.value)):
            words += [option, str(value)] if value else []
        words += ["--steps", str(int(self._steps.value))] if self._steps.value else []
        try:
            await self._desk.training.start(str(self._name.value), *words)
        except CommandFailed as error:
            ui.notify(self._say("failed", reason=error), type="warning")
        self._num_lines = -1
        await self.look()

    def _free_name(self) -> str:
        taken = {path.name for path in (self._desk.home / "checkpoints").glob("*")}
        return next(name for number in range(1, 1000) if (name := f"senpai-{number}") not in taken)


def _state_key(is_running: bool, code: int | None) -> str:
    if is_running:
        return "run_going"
    return "run_done" if code == 0 else "run_failed"


def _choice(label: str, options: dict[str, str], value: str | None) -> ui.select:
    return ui.select(options, value=value, label=label).props("outlined dense")


def _curves(title: str) -> ui.echart:
    with ui.element("section").classes("panel"):
        heading(title, 2)
        chart = ui.echart(
            {
                "grid": {"left": 8, "right": 16, "top": 36, "bottom": 8, "containLabel": True},
                "legend": {"type": "scroll", "pageTextStyle": LABEL, "top": 0, "textStyle": LABEL},
                "xAxis": {"type": "value", "minInterval": 1, "axisLabel": LABEL, "splitLine": {"show": False}},
                "yAxis": {"type": "value", "scale": True, "axisLabel": LABEL, "splitLine": FAINT},
                "series": [],
                "animation": False,
            }
        )
        return chart.style("height:16rem").props(f'role=img aria-label="{title}"')


def _draw(chart: ui.echart, series: dict[str, list[tuple[int, float]]]) -> None:
    chart.options["series"] = [
        {"type": "line", "name": name, "data": points, "showSymbol": len(points) < 30}
        for name, points in series.items()
    ]
    chart.update()


def _metrics(path: Path) -> list[dict[str, Any]]:
    """Return the whole lines of a run's metrics."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    except OSError:
        return []
    return [json.loads(line) for line in lines if line.endswith("\n")]


def _series(lines: list[dict[str, Any]], names: tuple[str, ...]) -> dict[str, list[tuple[int, float]]]:
    found = {name: [(line["step"], line[name]) for line in lines if line.get(name) is not None] for name in names}
    return {name: points for name, points in found.items() if points}


def probe_series(lines: list[dict[str, Any]]) -> dict[str, list[tuple[int, float]]]:
    """Return by metric its values over the steps; a strength tried behind the last step stands at no step."""
    looks = [line for line in lines if "metrics" in line and "step" in line]
    names = dict.fromkeys(name for look in looks for name in look["metrics"])
    return {
        name: [(look["step"], look["metrics"][name]) for look in looks if name in look["metrics"]]
        for name in names
        if all(0 <= look["metrics"].get(name, 0) <= 1 for look in looks)
    }
