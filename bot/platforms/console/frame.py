"""What every page of the console stands in: the bar, the menu, language and theme. Knows no page's content.

Language and theme are cookies of this browser; the server keeps nothing about them.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import cast

from fastapi import Request
from nicegui import ui

from bot.i18n import Locale
from bot.platforms.console.words import Words

LOCALE_COOKIE = "senpai_locale"
THEME_COOKIE = "senpai_theme"
ACCENT = "#2f4fa3"
WIDE_PX = 1000
"""From here up the menu stands beside the page, below it lies over it."""
_YEAR_S = 365 * 86400
_THEMES = {"dark": True, "light": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One page: the key of its name in the words, its icon, and what builds it."""

    name: str
    icon: str
    build: Callable[[Words], Awaitable[None]]


def frame(request: Request, title: str, default: Locale, places: Mapping[str, Place]) -> None:
    """Put the bar, the menu and the page for the address on the screen."""
    locale = cast(Locale, request.cookies.get(LOCALE_COOKIE, default))
    words = Words(locale if locale in ("ja", "en") else default)
    page = ui.context.client.page
    page.language = "ja" if words.locale == "ja" else "en-US"
    page.dark = _THEMES.get(request.cookies.get(THEME_COOKIE, ""))
    ui.page_title(title)
    ui.colors(primary=ACCENT)
    ui.add_css(files("bot.platforms.console").joinpath("console.css").read_text(encoding="utf-8"))
    with ui.left_drawer(bordered=True).classes("q-pa-none").props(f"width=230 breakpoint={WIDE_PX}") as drawer:
        close = f"() => {{ if (innerWidth < {WIDE_PX}) runMethod({drawer.id}, 'hide', []) }}"
        drawer.on("keydown.esc", js_handler=close)
        links = _menu(words, places, close)
    header = ui.header().classes("bar q-pa-none").on("keydown.esc", js_handler=close)
    with header, ui.element("div").classes("bar-row"):
        icon_button("menu", words.say("menu"), drawer.toggle)
        ui.label(title).classes("bar-title")
        switch = ui.button(words.say("language"), on_click=lambda: _remember(LOCALE_COOKIE, _other(words.locale)))
        switch.props(f'flat no-caps color=inherit aria-label="{words.say("language_hint")}"')
        icon_button("contrast", words.say("theme"), _switch_theme)
    ui.context.client.content.classes("page")
    with ui.element("div").classes("full-width content") as content:
        routes = {path: _shown(place, words, path, links) for path, place in places.items()}
        ui.sub_pages(cast(dict[str, Callable[..., object]], routes)).classes("full-width")
    ui.skip_link(words.say("skip"), target=content)


def icon_button(icon: str, label: str, on_click: Callable[[], object]) -> ui.button:
    """Put a round button that says what it does to those who cannot see it."""
    button = ui.button(icon=icon, on_click=on_click).props(f'flat round dense color=inherit aria-label="{label}"')
    with button:
        ui.tooltip(label)
    return button


def _menu(words: Words, places: Mapping[str, Place], close: str) -> dict[str, ui.link]:
    links = {}
    with ui.element("nav").classes("nav").props(f'aria-label="{words.say("menu")}"'):
        for path, place in places.items():
            with ui.link(target=path).on("click", js_handler=close) as link:
                ui.icon(place.icon).props("aria-hidden=true")
                ui.label(words.say(place.name))
            links[path] = link
    return links


def _shown(place: Place, words: Words, path: str, links: Mapping[str, ui.link]) -> Callable[[], Awaitable[None]]:
    async def build() -> None:
        for target, link in links.items():
            link.classes(add="here" if target == path else "", remove="" if target == path else "here")
            link.props('aria-current="page"' if target == path else "", remove="" if target == path else "aria-current")
        with ui.element("div").classes("main"):
            await place.build(words)

    return build


def _other(locale: Locale) -> Locale:
    return "en" if locale == "ja" else "ja"


def _remember(cookie: str, value: str) -> None:
    ui.run_javascript(
        f'document.cookie = "{cookie}={value};path=/;max-age={_YEAR_S};samesite=strict"; location.reload()'
    )


def _switch_theme() -> None:
    ui.run_javascript(
        "const dark = !document.body.classList.contains('body--dark');"
        f'document.cookie = "{THEME_COOKIE}=" + (dark ? "dark" : "light")'
        f' + ";path=/;max-age={_YEAR_S};samesite=strict";'
        "Quasar.Dark.set(dark)"
    )
