"""The chat page: the conversation as it is said, another try, thumbs, and what the model saw.

Knows how a conversation looks; does not know how an answer comes about.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from nicegui import ui

from bot.platforms.console.desk import Desk
from bot.platforms.console.frame import icon_button
from bot.platforms.console.room import Exchange
from bot.platforms.console.said import said_before, seen
from bot.platforms.console.words import Words
from bot.ratings import Thumb
from bot.strength import LEAST, MOST
from model.conversation import Conversation, Role

ENTER_ALONE = """(event) => {
  if (event.isComposing || event.keyCode === 229 || event.shiftKey) return;
  event.preventDefault();
  emit();
}"""
"""Enter sends, except while an input method is composing Japanese and with Shift."""
COMMAND_SIGN = "/"
THUMBS: tuple[tuple[Thumb, str, str], ...] = ((1, "thumb_up", "good"), (-1, "thumb_down", "bad"))
FOLLOW_END = "window.scrollTo({top: document.body.scrollHeight})"
FOLLOW_END_IF_NEAR = f"if (innerHeight + scrollY > document.body.scrollHeight - 240) {FOLLOW_END}"


async def chat_page(desk: Desk, words: Words) -> None:
    """Put the conversation on the page and watch the room until the page closes."""
    await ChatPage(desk, words).build()


@dataclass(slots=True)
class _Shown:
    """The elements of one exchange."""

    exchange: Exchange
    box: ui.element
    answer: ui.label
    acts: ui.element


class ChatPage:
    """One open page; a watcher of the room."""

    def __init__(self, desk: Desk, words: Words) -> None:
        self._desk = desk
        self._words = words
        self._say = words.say
        self._shown: dict[str, _Shown] = {}
        self._thumbs: dict[str, Thumb] = {}

    async def build(self) -> None:
        """Build the page, with what was said before it was opened."""
        desk, say = self._desk, self._say
        self._thumbs = await desk.thumbs()
        before = [
            Exchange(key=said.key, question=said.question, answer=said.answer, is_open=False)
            for said in await said_before(desk.store)
        ]
        with ui.element("div").classes("stack talk-page"):
            with (
                ui.element("div")
                .classes("talk")
                .props(f'role=log aria-live=polite aria-label="{say("chat")}"') as self._talk
            ):
                self._empty = ui.label(say("empty_chat")).classes("soft")
            with ui.element("div").classes("composer stack"):
                self._strength()
                with ui.element("div").classes("rowline").style("flex-wrap:nowrap"):
                    self._field = ui.textarea(placeholder=say("placeholder"))
                    self._field.props(
                        f'outlined autogrow dense rows=1 autofocus maxlength=2000 aria-label="{say("message")}"'
                    )
                    self._field.on("keydown.enter", self._send, js_handler=ENTER_ALONE)
                    ui.button(icon="send", on_click=self._send).props(f'round unelevated aria-label="{say("send")}"')
        room_keys = {exchange.key for exchange in desk.room.exchanges}
        for exchange in [*(each for each in before if each.key not in room_keys), *desk.room.exchanges]:
            self.changed(exchange)
        desk.room.watch(self)
        ui.context.client.on_delete(lambda: desk.room.leave(self))
        self._run(f"setTimeout(() => {FOLLOW_END}, 100)")  # in the browser: this page may be gone by then

    def changed(self, exchange: Exchange) -> None:
        """Show an exchange as it is now."""
        shown = self._shown.get(exchange.key)
        if shown is None:
            shown = self._shown[exchange.key] = self._new(exchange)
        was_open, shown.exchange = shown.exchange.is_open, exchange
        shown.answer.text = exchange.answer or exchange.notice or (self._say("writing") if exchange.is_open else "")
        shown.answer.classes(add="soft" if not exchange.answer else "", remove="soft" if exchange.answer else "")
        if was_open != exchange.is_open or not shown.acts.default_slot.children:
            self._offer(shown)
        self._run(FOLLOW_END_IF_NEAR)

    def left(self, key: str) -> None:
        """Take an exchange off the page."""
        if shown := self._shown.pop(key, None):
            shown.box.delete()
        self._empty.visible = not self._shown

    def _new(self, exchange: Exchange) -> _Shown:
        self._empty.visible = False
        with self._talk, ui.element("div").classes("exchange") as box:
            ui.label(self._say("you")).classes("who right")
            ui.label(exchange.question).classes("bubble mine")
            ui.label(self._say("ai", persona=self._desk.persona_name)).classes("who")
            answer = ui.label().classes("bubble theirs")
            acts = ui.element("div").classes("acts")
        self._run(FOLLOW_END)
        return _Shown(exchange=exchange, box=box, answer=answer, acts=acts)

    def _offer(self, shown: _Shown) -> None:
        """Put the buttons that make sense now under the answer."""
        exchange, say = shown.exchange, self._say
        shown.acts.clear()
        with shown.acts:
            if exchange.is_open:
                icon_button("stop", say("stop"), lambda: self._desk.take_back(exchange.key))
                return
            if exchange.question.startswith(COMMAND_SIGN):  # no model answered
                return
            icon_button("refresh", say("retry"), lambda: self._retry(exchange))
            thumbs: dict[Thumb, ui.button] = {}
            for value, icon, name in THUMBS:
                thumbs[value] = icon_button(icon, say(name), partial(self._rate, exchange.key, value, thumbs))
            self._mark(exchange.key, thumbs)
            icon_button("visibility", say("saw"), lambda: self._show_seen(shown.exchange))

    async def _rate(self, key: str, value: Thumb, thumbs: Mapping[Thumb, ui.button]) -> None:
        if is_kept := await self._desk.rate(key, value):
            self._thumbs[key] = value
            self._mark(key, thumbs)
        with self._talk:
            ui.notify(self._say("rated" if is_kept else "not_rated"))

    def _mark(self, key: str, thumbs: Mapping[Thumb, ui.button]) -> None:
        """Show which of the two thumbs was given."""
        for value, icon, _ in THUMBS:
            is_given = self._thumbs.get(key) == value
            thumbs[value].set_icon(icon if is_given else f"{icon}_off_alt")
            thumbs[value].props(f"aria-pressed={str(is_given).lower()}")

    async def _retry(self, exchange: Exchange) -> None:
        await self._desk.take_back(exchange.key)
        await self._desk.ask(exchange.question)

    async def _send(self) -> None:
        text = (self._field.value or "").strip()
        if text:
            self._field.value = ""
            await self._desk.ask(text)

    def _strength(self) -> None:
        room = self._desk.room
        strength = self._desk.strength.read() if room.strength is None else room.strength
        with ui.element("div").classes("rowline soft").style("flex-wrap:nowrap"):
            ui.label(self._say("strength")).style("white-space:nowrap")
            slider = ui.slider(min=LEAST, max=MOST, step=0.1, value=strength)
            slider.props(f'label snap aria-label="{self._say("strength")}"').style("max-width:14rem")
            figure = ui.label(f"{strength:.1f}")

        def choose() -> None:
            room.strength = round(float(slider.value), 1)
            figure.text = f"{room.strength:.1f}"

        slider.on_value_change(choose)

    async def _show_seen(self, exchange: Exchange) -> None:
        say, noted = self._say, await seen(self._desk.store, exchange.key)
        with self._talk, ui.dialog(value=True) as dialog, ui.element("div").classes("panel"):
            with ui.element("div").classes("rowline spread"):
                heading(say("saw"))
                icon_button("close", say("close"), dialog.close)
            if exchange.tries:
                for number, asked in enumerate(exchange.tries, 1):
                    self._show_try(say("try_no", number=number, checkpoint=asked.checkpoint), asked.conversation)
                    if asked.overrides:
                        ui.label(f"{say('overrides')}: {json.dumps(dict(asked.overrides))}").classes("soft")
            elif noted:
                self._show_try(noted.checkpoint, noted.conversation)
            with ui.element("table").classes("facts"):
                row(say("facts"), "\n".join(noted.facts if noted else ()) or say("no_facts"))
                row(
                    say("verdict"),
                    ", ".join(self._words.known("fault", each) for each in (noted.verdicts if noted else ()))
                    or say("verdict_ok"),
                )
        dialog.on("hide", dialog.delete)

    def _show_try(self, title: str, conversation: Conversation) -> None:
        ui.label(title).classes("soft")
        for turn in conversation.turns:
            ui.label(self._say(f"role_{turn.role}")).classes("who")
            ui.label(turn.text).classes("bubble mine" if turn.role is Role.USER else "bubble theirs")

    def _run(self, script: str) -> None:
        with self._talk:
            ui.run_javascript(script)


def heading(text: str, level: int = 2) -> ui.element:
    """Put a heading."""
    with ui.element(f"h{level}") as element:
        ui.label(text)
    return element


def row(name: str, value: str) -> None:
    """Put a row into a table of facts."""
    with ui.element("tr"):
        with ui.element("th").props("scope=row"):
            ui.label(name)
        with ui.element("td"):
            ui.label(value).classes("pre")
