"""The chat page, in NiceGUI. Knows how a conversation looks; does not know how an answer comes about."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from nicegui import ui

from bot.i18n import Sentences
from bot.platforms.console.room import Room
from model.conversation import Role, Turn

SHOWN_S = 0.2
"""By then the browser has drawn a new message, so that scrolling to the end means its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """What the page asks for: who is answering, what was said before, and to say something."""

    persona_name: Callable[[], str]
    history: Callable[[], Awaitable[Sequence[Turn]]]
    say: Callable[[str], Awaitable[None]]
    room: Room
    sentences: Sentences


class ChatPage:
    """One open page; a watcher of the room."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._say = backend.sentences.say

    async def build(self) -> None:
        """Put the elements on the page, show what was said before and watch until the page closes."""
        ui.page_title(self._backend.persona_name())
        with ui.header().classes("items-center"):
            ui.label(self._say("console_title", persona=self._backend.persona_name())).classes("text-lg")
        with ui.scroll_area().classes("w-full h-[calc(100dvh-11rem)]") as self._scroll:
            self._messages = ui.column().classes("w-full max-w-3xl mx-auto")
            self._typing = ui.spinner("dots", size="2rem").classes("mx-auto")
        self._typing.visible = False
        with ui.footer().classes("bg-transparent"), ui.row().classes("w-full max-w-3xl mx-auto no-wrap items-center"):
            self._field = ui.input(placeholder=self._say("console_placeholder"))
            self._field.props("outlined autofocus maxlength=2000")
            self._field.classes("grow bg-white dark:bg-gray-800 rounded").on("keydown.enter", self._send)
            ui.button(icon="send", on_click=self._send).props(f'aria-label="{self._say("console_send")}"')
        for turn in await self._backend.history():
            self._show(turn.text, is_author=turn.role is Role.USER)
        self._backend.room.watch(self)
        ui.context.client.on_delete(lambda: self._backend.room.leave(self))

    def asked(self, text: str) -> None:
        self._show(text, is_author=True)

    def replied(self, text: str) -> None:
        self._show(text, is_author=False)

    def working(self, is_working: bool) -> None:
        self._typing.visible = is_working

    async def _send(self) -> None:
        text = self._field.value.strip()
        if text:
            self._field.value = ""
            await self._backend.say(text)

    def _show(self, text: str, *, is_author: bool) -> None:
        name = self._say("console_you") if is_author else f"{self._backend.persona_name()}（AI）"
        with self._messages:
            ui.chat_message(text, name=name, sent=is_author).classes("self-end" if is_author else "self-start")
            ui.timer(SHOWN_S, lambda: self._scroll.scroll_to(percent=1.0), once=True)
