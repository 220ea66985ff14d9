"""Discord's slash commands, shown from the one command table. Knows names and descriptions; decides nothing.

``default_permissions`` only hides what is for administrators from most people in Discord's own menu, and a server's
owner may change that: who is an administrator is decided by the configured ids alone, in ``bot.commands``.
"""

import json
import logging
from collections.abc import Awaitable, Callable, Collection, Coroutine
from hashlib import sha256
from pathlib import Path
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import locale_str

from bot.commands import JAPANESE_NAMES, SIMPLE_NAMES, CommandCall, Commands
from bot.completions import WorkerError
from bot.i18n import SENTENCES, locale_of
from bot.message import Platform
from bot.pieces import cut
from bot.platforms.discord.asking import Asking, Interaction
from bot.platforms.discord.markup import LIMITS

log = logging.getLogger(__name__)

MAX_CHOICES = 25
MAX_QUESTION_CHARS = 500
FOR_ADMINS = discord.Permissions(manage_guild=True)

Run = Callable[..., Awaitable[None]]
Names = Callable[[Interaction, str], Coroutine[Any, Any, list[app_commands.Choice[str]]]]


def command_tree(
    client: discord.Client, commands: Commands, asking: Asking, admin_ids: Collection[str]
) -> "CommandTree":
    """Return the commands and the menu, ready to be synced."""
    tree = CommandTree(client, commands)

    async def run(interaction: Interaction, *words: str) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        text = await commands.run(_call(interaction, words, admin_ids))
        for piece in cut(text, LIMITS, ""):
            await interaction.followup.send(piece, ephemeral=True)

    async def names(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Propose checkpoints, to administrators; a worker that does not answer proposes none."""
        try:
            known = await commands.checkpoints() if str(interaction.user.id) in admin_ids else []
        except WorkerError:
            known = []
        found = [name for name in known if typed.lower() in name.lower()]
        return [app_commands.Choice(name=name[:100], value=name[:100]) for name in found[:MAX_CHOICES]]

    async def ask(interaction: Interaction, message: discord.Message) -> None:
        await asking.ask(interaction, message)

    for name in SIMPLE_NAMES:
        tree.add_command(_simple_command(name, run))
    tree.add_command(_quiz_command(run))
    tree.add_command(_strength_command(run))
    tree.add_command(_model_group(run, names))
    menu = SENTENCES["ask_menu"]
    tree.add_command(app_commands.ContextMenu(name=locale_str(menu["en"], ja=menu["ja"]), callback=ask))
    return tree


async def sync(tree: "CommandTree", home: Path) -> None:
    """Tell Discord the commands, with their Japanese names, unless it was told exactly these before."""
    translator, told = _Japanese(), home / "discord-commands.sha256"
    await tree.set_translator(translator)
    payload = [await command.get_translated_payload(tree, translator) for command in tree.get_commands()]
    digest = sha256(json.dumps([tree.client.application_id, payload], sort_keys=True).encode()).hexdigest()
    if told.is_file() and told.read_text(encoding="utf-8") == digest:
        return
    await tree.sync()
    told.parent.mkdir(parents=True, exist_ok=True)
    told.write_text(digest, encoding="utf-8")


class CommandTree(app_commands.CommandTree[Any]):
    """discord.py's tree, with our own last resort."""

    def __init__(self, client: discord.Client, commands: Commands) -> None:
        super().__init__(client)
        self._commands = commands

    async def on_error(self, interaction: Interaction, error: app_commands.AppCommandError, /) -> None:
        """Log what failed and say so."""
        await self.apologise(interaction, error)

    async def apologise(self, interaction: Interaction, error: Exception) -> None:
        """Say that something failed, with its number, if Discord still lets us."""
        sentence = self._commands.apology(error.__cause__ or error, locale_of(str(interaction.locale)))
        try:
            if not interaction.response.is_done():
                await interaction.response.defer(ephemeral=True, thinking=True)
            await interaction.followup.send(sentence, ephemeral=True)
        except discord.DiscordException as second:
            log.warning("could not say that a command failed: %s", type(second).__name__)


def _call(interaction: Interaction, words: tuple[str, ...], admin_ids: Collection[str]) -> CommandCall:
    author_id = str(interaction.user.id)
    return CommandCall(
        platform=Platform.DISCORD,
        conversation=f"{Platform.DISCORD}:{interaction.channel_id}",
        author_id=author_id,
        is_admin=author_id in admin_ids,
        is_direct=True,
        words=words,
        locale=locale_of(str(interaction.locale)),
    )


class _Japanese(app_commands.Translator):
    """Shows what a string carries as its Japanese to whoever uses Discord in Japanese."""

    async def translate(
        self,
        string: locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,  # noqa: ARG002 - discord.py says what the string is for
    ) -> str | None:
        japanese: str | None = string.extras.get("ja")
        return japanese if locale is discord.Locale.japanese else None


def _command(name: str, callback: Any) -> app_commands.Command[Any, ..., None]:
    description = SENTENCES[f"help_{name}"]
    return app_commands.Command(
        name=_name(name), description=locale_str(description["en"], ja=description["ja"]), callback=callback
    )


def _name(name: str) -> locale_str:
    return locale_str(name, ja=JAPANESE_NAMES[name])


def _simple_command(name: str, run: Run) -> app_commands.Command[Any, ..., None]:
    async def callback(interaction: Interaction) -> None:
        await run(interaction, name)

    return _command(name, callback)


def _quiz_command(run: Run) -> app_commands.Command[Any, ..., None]:
    @app_commands.describe(answer=locale_str("1 or 2", ja="1か2"))
    async def callback(interaction: Interaction, answer: app_commands.Range[int, 1, 2] | None = None) -> None:
        await run(interaction, "quiz", *([str(answer)] if answer else []))

    return _command("quiz", callback)


def _strength_command(run: Run) -> app_commands.Command[Any, ..., None]:
    @app_commands.default_permissions(FOR_ADMINS)
    @app_commands.describe(number=locale_str("0 to 1.5; 1 is as trained", ja="0から1.5まで、1が学習したとおり"))
    async def callback(interaction: Interaction, number: app_commands.Range[float, 0.0, 1.5] | None = None) -> None:
        await run(interaction, "strength", *([] if number is None else [str(number)]))

    return _command("strength", callback)


def _model_group(run: Run, names: Names) -> app_commands.Group:
    group = app_commands.Group(
        name=_name("model"),
        description=locale_str("Checkpoints (administrators only)", ja="チェックポイント（管理者のみ）"),
        default_permissions=FOR_ADMINS,
    )
    a_name = locale_str("its name", ja="名前")

    @group.command(name="list", description=locale_str("list the checkpoints", ja="一覧"))
    async def list_(interaction: Interaction) -> None:
        await run(interaction, "model", "list")

    @group.command(description=locale_str("let another checkpoint answer", ja="切り替える"))
    @app_commands.describe(name=a_name, force=locale_str("although its gate failed", ja="ゲートに落ちていても使う"))
    @app_commands.autocomplete(name=names)
    async def use(interaction: Interaction, name: str, force: bool = False) -> None:
        await run(interaction, "model", "use", name, *(["force"] if force else []))

    @group.command(description=locale_str("go back to the one before", ja="ひとつ前に戻す"))
    async def rollback(interaction: Interaction) -> None:
        await run(interaction, "model", "rollback")

    @group.command(description=locale_str("what the worker is doing", ja="状態"))
    async def status(interaction: Interaction) -> None:
        await run(interaction, "model", "status")

    @group.command(description=locale_str("ask two the same question", ja="ふたつに同じことを聞く"))
    @app_commands.describe(first=a_name, second=a_name, question=locale_str("what to ask", ja="聞くこと"))
    @app_commands.autocomplete(first=names, second=names)
    async def compare(
        interaction: Interaction, first: str, second: str, question: app_commands.Range[str, 1, MAX_QUESTION_CHARS]
    ) -> None:
        await run(interaction, "model", "compare", first, second, question)

    return group
