"""The page that puts the same question to two checkpoints: side by side, or blind, with a vote.

Knows columns and votes. Both answers run in the worker's same steps, and the chat's guards look at them; see
``bot.comparison``.
"""

import asyncio
import random
from collections.abc import Sequence
from contextlib import aclosing

from nicegui import ui

from bot import comparison, guards
from bot.comparison import compare
from bot.completions import Part, WorkerError
from bot.platforms.console.chat import ENTER_ALONE, heading, row
from bot.platforms.console.desk import Desk
from bot.platforms.console.words import Words
from bot.unfolding import Unfolding
from model.consent import ConsentError
from model.facts import FactsError
from model.persona import PersonaError
from model.protocol import BASE_PREFIX
from model.votes import Share, Winner

AUTHOR = "comparison"
VOTES: tuple[Winner, ...] = ("left", "tie", "right")


async def compare_page(desk: Desk, words: Words) -> None:
    """Put the two columns on the page."""
    await ComparePage(desk, words).build()


class ComparePage:
    """One open comparison."""

    def __init__(self, desk: Desk, words: Words) -> None:
        self._desk = desk
        self._words = words
        self._say = words.say
        self._shown: tuple[str, str] = ("", "")
        self._verdicts: list[ui.label] = []
        self._is_busy = False

    async def build(self) -> None:
        """Build the page."""
        say, names = self._say, await self._names()
        other = next((name for name in names[1:] if name.startswith(BASE_PREFIX)), names[-1])
        heading(say("compare"), 1)
        with ui.element("div").classes("grid2"):
            self._choices = (
                ui.select(names, value=names[0], label=say("first_checkpoint")).props("outlined dense"),
                ui.select(names, value=other, label=say("second_checkpoint")).props("outlined dense"),
            )
        self._is_blind = ui.switch(say("blind"))
        with ui.element("div").classes("rowline").style("flex-wrap:nowrap"):
            self._field = ui.input(label=say("question")).props("outlined dense maxlength=2000").style("flex:1")
            self._field.on("keydown.enter", self._ask, js_handler=ENTER_ALONE)
            self._button = ui.button(say("ask_both"), on_click=self._ask).props("unelevated no-caps")
        self._columns = ui.element("div").classes("grid2").props("aria-live=polite")
        self._ballot = ui.element("div").classes("rowline")
        self._tally = ui.element("div").classes("stack")
        await self._count()

    async def _names(self) -> list[str]:
        try:
            names = await self._desk.worker.models()
        except WorkerError:
            names = []
        await self._desk.current.refresh()
        current = self._desk.current.read().checkpoint
        return [current, *(name for name in names if name != current)] if names else [current]

    async def _ask(self) -> None:
        question = (self._field.value or "").strip()
        if not question or self._is_busy:
            return
        self._is_busy = True
        self._button.disable()
        names = [str(choice.value) for choice in self._choices]
        if self._is_blind.value:
            random.shuffle(names)
        self._shown = (names[0], names[1])
        try:
            await self._desk.require_consent(*self._shown)
            await self._hear(question)
        except (ConsentError, WorkerError, PersonaError, FactsError) as error:
            with self._columns:
                ui.notify(self._say("failed", reason=error), type="warning", multi_line=True)
        finally:
            self._is_busy = False
            self._button.enable()

    async def _hear(self, question: str) -> None:
        self._ballot.clear()
        self._columns.clear()
        self._verdicts.clear()
        current = self._desk.current
        asked = await asyncio.to_thread(comparison.question, question, current)
        with self._columns:
            columns = [
                self._column(side, comparison.scenes(name, asked, current)) for side, name in enumerate(self._shown)
            ]
        comparing = compare(self._desk.worker, asked.conversation, self._shown, author=AUTHOR, overrides={})
        async with aclosing(comparing):
            async for side, part in comparing:
                await columns[side].hear(part)
        for column in columns:
            await column.end(self._words)
        if self._is_secret:
            self._offer_votes()

    @property
    def _is_secret(self) -> bool:
        return bool(self._is_blind.value) and self._shown[0] != self._shown[1]

    def _column(self, side: int, scenes: Sequence[guards.Scene]) -> "_Column":
        is_blind = self._is_secret
        with ui.element("section").classes("panel"):
            heading(self._say(f"side_{side}") if is_blind else self._shown[side])
            answer, verdict = ui.label(self._say("writing")).classes("pre"), ui.label().classes("soft")
        verdict.set_visibility(not is_blind)  # a verdict may give away which one it is
        self._verdicts.append(verdict)
        return _Column(answer, verdict, scenes)

    def _offer_votes(self) -> None:
        with self._ballot:
            for winner in VOTES:
                button = ui.button(self._say(f"vote_{winner}"), on_click=lambda winner=winner: self._vote(winner))
                button.props("outline no-caps")

    async def _vote(self, winner: Winner) -> None:
        left, right = self._shown
        self._ballot.clear()  # first, for somebody may click twice
        await asyncio.to_thread(self._desk.votes.preferred, left, right, winner)
        for verdict in self._verdicts:
            verdict.set_visibility(True)
        with self._ballot:
            ui.label(self._say("revealed", left=left, right=right))
        await self._count()

    async def _count(self) -> None:
        duels = await asyncio.to_thread(self._desk.votes.duels)
        self._tally.clear()
        if not duels:
            return
        with self._tally:
            heading(self._say("votes_so_far"))
            with ui.element("table").classes("facts"):
                for duel in duels:
                    row(self._say("duel", first=duel.first, second=duel.second), shown_share(duel.share, self._words))


class _Column:
    """One checkpoint's answer: whole sentences nothing is wrong with, in the end what may be shown and the verdict."""

    def __init__(self, answer: ui.label, verdict: ui.label, scenes: Sequence[guards.Scene]) -> None:
        self._answer = answer
        self._verdict = verdict
        self._scenes = scenes
        self._parts: list[Part] = []
        self._unfolding = Unfolding(self._show, *scenes)

    async def hear(self, part: Part) -> None:
        """Take in a part."""
        self._parts.append(part)
        await self._unfolding.hear(part.text)

    def _show(self, text: str) -> None:
        self._answer.text = text

    async def end(self, words: Words) -> None:
        """Show the answer as the chat would have let it through."""
        said = "".join(part.text for part in self._parts)
        reason = next((part.finish_reason for part in self._parts if part.finish_reason), "stop")
        judged = await asyncio.to_thread(comparison.judged, said, reason, self._scenes)
        self._answer.text = judged.text or words.say("withheld")
        found = words.known("fault", judged.verdict) if judged.verdict else words.say("verdict_ok")
        self._verdict.text = f"{words.say('verdict')}: {found}"


def shown_share(share: Share, words: Words) -> str:
    """Return a share with its interval and how many votes it stands on."""
    return words.say(
        "share", value=f"{share.value:.0%}", low=f"{share.low:.0%}", high=f"{share.high:.0%}", num=share.num
    )
