"""「本物はどっち？」 on the console: two lines, one of them real; a guess, and how often people can tell.

Knows buttons. The riddles are ``bot.quiz``'s.
"""

import asyncio

from nicegui import ui

from bot.completions import WorkerError
from bot.platforms.console.chat import heading
from bot.platforms.console.compare import shown_share
from bot.platforms.console.desk import Desk
from bot.platforms.console.words import Words
from bot.quiz import NoRiddle, Riddle
from model.consent import ConsentError
from model.persona import PersonaError

WHO = "console:quiz"


async def quiz_page(desk: Desk, words: Words) -> None:
    """Put the quiz on the page."""
    await QuizPage(desk, words).build()


class QuizPage:
    """One open quiz."""

    def __init__(self, desk: Desk, words: Words) -> None:
        self._desk = desk
        self._words = words
        self._say = words.say

    async def build(self) -> None:
        """Build the page."""
        heading(self._say("quiz"), 1)
        ui.label(self._say("quiz_about", persona=self._desk.persona_name)).classes("soft")
        self._next = ui.button(self._say("quiz_next"), icon="casino", on_click=self._ask)
        self._next.props("unelevated no-caps").style("align-self:flex-start")
        self._riddle = ui.element("div").classes("stack").props("aria-live=polite")
        self._score = ui.label().classes("soft")
        await self._count()

    async def _ask(self) -> None:
        self._next.disable()
        try:
            await self._desk.require_consent()
            riddle = await self._desk.quiz.ask(WHO)
        except (ConsentError, NoRiddle, WorkerError, PersonaError) as error:
            with self._riddle:
                ui.notify(self._say("failed", reason=error), type="warning", multi_line=True)
        else:
            self._show(riddle)
        finally:
            self._next.enable()

    def _show(self, riddle: Riddle) -> None:
        self._riddle.clear()
        with self._riddle:
            if riddle.question:
                ui.label(riddle.question).classes("bubble mine")
            with ui.element("div").classes("grid2"):
                for index, line in enumerate(riddle.lines):
                    with ui.element("section").classes("panel"):
                        ui.label(line).classes("pre")
                        button = ui.button(self._say("is_real"), on_click=lambda index=index: self._guess(index))
                        button.props(f'outline no-caps aria-label="{self._say("is_real")} {index + 1}"')

    async def _guess(self, index: int) -> None:
        solved = await self._desk.quiz.guess(WHO, index)
        if solved is None:
            return
        self._riddle.clear()
        with self._riddle:
            verdict = ui.label(self._say("quiz_right" if solved.is_right else "quiz_wrong"))
            verdict.classes("big good" if solved.is_right else "big bad")
            ui.label(self._say("quiz_was", line=solved.real)).classes("pre")
        await self._count()

    async def _count(self) -> None:
        share = await asyncio.to_thread(self._desk.votes.guesses, self._desk.current.read().checkpoint)
        self._score.text = self._say("quiz_score", share=shown_share(share, self._words)) if share.num else ""
