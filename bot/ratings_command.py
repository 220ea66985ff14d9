"""The command `senpai ratings`: how answers were rated, and those that may be learnt from as a file.

Knows settings and store. What was said comes from the platforms in SENPAI_TRAIN_FROM_CHATS alone.
"""

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.message import Platform
from bot.settings import Settings, read_settings
from model.conversation import Conversation

if TYPE_CHECKING:
    from bot.ratings import Rated, Tally


def ratings(
    out: Annotated[
        Path | None, typer.Option(help="Write the rated answers that may be learnt from, one a line.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print exactly one JSON document on stdout.")] = False,
) -> None:
    """Count the thumbs under answers; --out writes those that may be learnt from, with what was said."""
    settings = read_settings()
    tally, allowed = asyncio.run(_read(settings))
    if out:
        out.write_text("".join(json.dumps(each, ensure_ascii=False) + "\n" for each in allowed), encoding="utf-8")
    document = {
        "checkpoints": {name: asdict(each) for name, each in tally.items()},
        "platforms": settings.senpai_train_from_chats,
        "learnable": len(allowed),
    }
    lines = [f"{name}: {each.num_up} up, {each.num_down} down" for name, each in tally.items()]
    lines.append(f"{len(allowed)} answers may be learnt from (SENPAI_TRAIN_FROM_CHATS).")
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2) if as_json else "\n".join(lines))


def rated_answers() -> list[dict[str, Any]]:
    """Return the rated answers that may be learnt from: checkpoint, platform, messages, reply, is_liked.

    Raises SettingsError and StoreUnusable.
    """
    return asyncio.run(_read(read_settings()))[1]


async def _read(settings: Settings) -> tuple[dict[str, "Tally"], list[dict[str, Any]]]:
    from bot.ratings import Ratings  # brings SQLAlchemy, which every other command would wait for
    from bot.store import Store

    store = await Store.open(settings.database_url)
    try:
        kept = Ratings(store)
        platforms = [Platform(name) for name in settings.senpai_train_from_chats]
        return await kept.tally(), [_document(each) for each in await kept.rated(platforms)]
    finally:
        await store.close()


def _document(rated: "Rated") -> dict[str, Any]:
    return {
        "checkpoint": rated.checkpoint,
        "platform": rated.platform,
        "messages": Conversation(rated.prompt).to_messages(),
        "reply": rated.reply,
        "is_liked": rated.is_liked,
    }
