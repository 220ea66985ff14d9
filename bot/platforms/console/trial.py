"""The page on which a platform's behaviour is tried without tokens: a group, a reply token, pieces.

Knows what LINE and Discord do to a message and an answer. Uses the bot's own policy, composer and cutting; nothing is
delivered and nothing is remembered.
"""

import asyncio
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from nicegui import ui

from bot.completions import WorkerError
from bot.message import IncomingMessage, Platform
from bot.pieces import cut, num_units
from bot.platforms.base import PieceLimits
from bot.platforms.console.chat import ENTER_ALONE, heading
from bot.platforms.console.desk import Desk
from bot.platforms.console.words import Words
from model.persona import PersonaError

TOKEN_S = 60
"""How long a LINE reply token is good for sure."""
SWITCH_S = 45
"""When LINE's door offers the button that fetches the answer later."""
MEMBERS = ("はな", "たろう", "みさき")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """What is particular to a platform."""

    limits: PieceLimits
    has_token: bool


# The doors themselves bring their platforms' libraries along, so their numbers stand here once more; a test compares.
MANNERS = {
    "line": Manners(limits=PieceLimits(max_units=5000, pieces_per_delivery=5, max_pieces=5), has_token=True),
    "discord": Manners(limits=PieceLimits(max_units=1950), has_token=False),
}


async def trial_page(desk: Desk, words: Words) -> None:
    """Put the fitting room on the page."""
    TrialPage(desk, words).build()


class TrialPage:
    """One open fitting room."""

    def __init__(self, desk: Desk, words: Words) -> None:
        self._desk = desk
        self._say = words.say
        self._place = f"trial-{secrets.token_hex(4)}"

    def build(self) -> None:
        """Build the page."""
        say = self._say
        heading(say("trial"), 1)
        ui.label(say("trial_about")).classes("soft")
        with ui.element("div").classes("rowline"):
            self._platform = ui.toggle({"line": "LINE", "discord": "Discord"}, value="line").props("no-caps")
            self._is_group = ui.switch(say("in_group"), value=True)
            self._member = ui.select(list(MEMBERS), value=MEMBERS[0], label=say("member"))
            self._member.props("outlined dense").style("min-width:8rem")
        with ui.element("div").classes("rowline"):
            self._is_mentioned = ui.switch(say("mentioned"), value=True)
            self._delay = (
                ui.number(say("delay"), value=0, min=0, max=180, step=10)
                .props("outlined dense")
                .style("min-width:15rem")
            )
            self._width = (
                ui.number(say("piece_units"), value=0, min=0, max=5000, step=10)
                .props("outlined dense")
                .style("min-width:15rem")
            )
        self._talk = (
            ui.element("div").classes("talk panel").props(f'role=log aria-live=polite aria-label="{say("trial")}"')
        )
        with ui.element("div").classes("rowline").style("flex-wrap:nowrap"):
            self._field = ui.input(label=say("message")).props("outlined dense maxlength=2000").style("flex:1")
            self._field.on("keydown.enter", self._send, js_handler=ENTER_ALONE)
            ui.button(icon="send", on_click=self._send).props(f'round unelevated aria-label="{say("send")}"')

    async def _send(self) -> None:
        text = (self._field.value or "").strip()
        if not text:
            return
        self._field.value = ""
        manners, message = MANNERS[str(self._platform.value)], self._message(text)
        mark = f"@{self._desk.persona_name} " if message.is_addressed else ""
        with self._talk:
            ui.label(str(self._member.value)).classes("who right")
            ui.label(f"{mark}{text}").classes("bubble mine")
        if not self._desk.policy.is_for_us(message):
            self._note("trial_silent")
            return
        await self._answer(message, manners)

    def _message(self, text: str) -> IncomingMessage:
        is_group = bool(self._is_group.value)
        return IncomingMessage(
            platform=Platform.CONSOLE,
            event_id=secrets.token_hex(8),
            conversation_id=self._place,
            author_id=f"trial-{self._member.value}",
            text=text,
            sent_at=datetime.now(UTC),
            is_direct=not is_group,
            is_addressed=is_group and bool(self._is_mentioned.value),
        )

    async def _answer(self, message: IncomingMessage, manners: Manners) -> None:
        begun_at = time.monotonic()
        with self._talk:
            waiting = ui.element("div").classes("stack")
        with waiting:
            ui.spinner("dots", size="2rem")
            token = ui.linear_progress(1.0, show_value=False).props(f'aria-label="{self._say("token")}"')
            left = ui.label().classes("soft")
        token.visible = left.visible = manners.has_token
        composing = asyncio.create_task(self._compose(message))
        while not composing.done():
            left_s = max(0.0, TOKEN_S - (time.monotonic() - begun_at))
            token.value, left.text = left_s / TOKEN_S, self._say("token_left", seconds=int(left_s))
            await asyncio.wait((composing,), timeout=0.5)
        waiting.delete()
        self._deliver(composing.result(), manners, time.monotonic() - begun_at)

    async def _compose(self, message: IncomingMessage) -> str | None:
        await asyncio.sleep(float(self._delay.value or 0))
        with suppress(WorkerError, PersonaError):
            return (await self._desk.composer.compose(message)).text
        return None

    def _deliver(self, text: str | None, manners: Manners, took_s: float) -> None:
        if text is None:
            self._note("trial_failed")
            return
        if manners.has_token and took_s > SWITCH_S:
            self._note("trial_late", seconds=int(took_s))
        limits = manners.limits
        if width := int(self._width.value or 0):
            limits = PieceLimits(max_units=width, pieces_per_delivery=5, max_pieces=limits.max_pieces)
        pieces = cut(text, limits, self._say("cut_off"))
        with self._talk:
            ui.label(self._say("ai", persona=self._desk.persona_name)).classes("who")
            for piece in pieces:
                ui.label(piece).classes("bubble theirs")
        self._note("trial_pieces", pieces=len(pieces), units=sum(map(num_units, pieces)), seconds=f"{took_s:.1f}")

    def _note(self, key: str, **values: object) -> None:
        with self._talk:
            ui.label(self._say(key, **values)).classes("soft")
