"""Discord's slash commands, shown from the one command table. Knows names and descriptions; decides nothing.

``default_permissions`` only hides ``/model`` from most people in Discord's own menu, and a server's owner may change
that: who is an administrator is decided by the configured ids alone, in ``bot.commands``.
"""

import json
import logging
from collections.abc import Awaitable, Callable, Collection
from hashlib import sha256
from pathlib import Path
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import TranslationContextLocation as Location

from bot.commands import JAPANESE_NAMES, SIMPLE_NAMES, CommandCall, Commands
from bot.i18n import SENTENCES
from bot.message import Platform
from bot.pieces import cut
from bot.platforms.discord.markup import LIMITS

log = logging.getLogger(__name__)


Run = Callable[..., Awaitable[None]]


def command_tree(client: discord.Client, commands: Commands, admin_ids: Collection[str]) -> app_commands.CommandTree:
    """Return the commands, ready to be synced."""
    tree = _Tree(client, commands)

    async def run(interaction: discord.Interaction[Any], *words: str) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        text = await commands.run(_call(interaction, words, admin_ids))
        for piece in cut(text, LIMITS, ""):
            await interaction.followup.send(piece, ephemeral=True)

    for name in SIMPLE_NAMES:
        tree.add_command(_simple_command(name, run))
    tree.add_command(_quiz_command(run))
    tree.add_command(_model_group(run))
    return tree


async def sync(tree: app_commands.CommandTree, home: Path) -> None:
    """Tell Discord the commands, with their Japanese names, unless it was told exactly these before."""
    await tree.set_translator(_Japanese())
    translator, told = tree.translator, home / "discord-commands.sha256"
    assert translator is not None
    payload = [await command.get_translated_payload(tree, translator) for command in tree.get_commands()]
    digest = sha256(json.dumps([tree.client.application_id, payload], sort_keys=True).encode()).hexdigest()
    if told.is_file() and told.read_text(encoding="utf-8") == digest:
        return
    await tree.sync()
    told.parent.mkdir(parents=True, exist_ok=True)
    told.write_text(digest, encoding="utf-8")


class _Tree(app_commands.CommandTree[Any]):
    """discord.py's tree, with our own last resort."""

    def __init__(self, client: discord.Client, commands: Commands) -> None:
        super().__init__(client)
        self._commands = commands

    async def on_error(self, interaction: discord.Interaction[Any], error: app_commands.AppCommandError, /) -> None:
        """Log what failed and say so, if Discord still lets us."""
        sentence = self._commands.apology(error.__cause__ or error)
        try:
            await interaction.followup.send(sentence, ephemeral=True)
        except discord.DiscordException as second:
            log.warning("could not say that a command failed: %s", type(second).__name__)


def _call(interaction: discord.Interaction[Any], words: tuple[str, ...], admin_ids: Collection[str]) -> CommandCall:
    author_id = str(interaction.user.id)
    return CommandCall(
        platform=Platform.DISCORD,
        conversation=f"{Platform.DISCORD}:{interaction.channel_id}",
        author_id=author_id,
        is_admin=author_id in admin_ids,
        is_direct=True,
        words=words,
    )


def _simple_command(name: str, run: Run) -> app_commands.Command[Any, ..., None]:
    async def callback(interaction: discord.Interaction[Any]) -> None:
        await run(interaction, name)

    return app_commands.Command(name=name, description=_described(name), callback=callback)


def _quiz_command(run: Run) -> app_commands.Command[Any, ..., None]:
    @app_commands.describe(answer="1か2 / 1 or 2")
    async def callback(
        interaction: discord.Interaction[Any], answer: app_commands.Range[int, 1, 2] | None = None
    ) -> None:
        await run(interaction, "quiz", *([str(answer)] if answer else []))

    return app_commands.Command(name="quiz", description=_described("quiz"), callback=callback)


def _described(name: str) -> str:
    return " / ".join(SENTENCES[f"help_{name}"].values())


class _Japanese(app_commands.Translator):
    """Shows the Japanese names of commands to whoever uses Discord in Japanese."""

    async def translate(
        self, string: app_commands.locale_str, locale: discord.Locale, context: app_commands.TranslationContextTypes
    ) -> str | None:
        is_name = context.location in (Location.command_name, Location.group_name)
        return JAPANESE_NAMES.get(string.message) if is_name and locale is discord.Locale.japanese else None


def _model_group(run: Run) -> app_commands.Group:
    group = app_commands.Group(
        name="model",
        description="チェックポイント（管理者のみ） / checkpoints (administrators only)",
        default_permissions=discord.Permissions(manage_guild=True),
    )

    @group.command(name="list", description="一覧 / list the checkpoints")
    async def list_(interaction: discord.Interaction[Any]) -> None:
        await run(interaction, "model", "list")

    @group.command(description="切り替える / let another checkpoint answer")
    @app_commands.describe(name="名前 / its name", force="ゲートに落ちていても使う / although its gate failed")
    async def use(interaction: discord.Interaction[Any], name: str, force: bool = False) -> None:
        await run(interaction, "model", "use", name, *(["force"] if force else []))

    @group.command(description="ひとつ前に戻す / go back to the one before")
    async def rollback(interaction: discord.Interaction[Any]) -> None:
        await run(interaction, "model", "rollback")

    @group.command(description="状態 / what the worker is doing")
    async def status(interaction: discord.Interaction[Any]) -> None:
        await run(interaction, "model", "status")

    return group
