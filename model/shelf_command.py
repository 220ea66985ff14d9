"""The commands `senpai checkpoints list|show|verify|export|import|remove` and `senpai consent show`: the shelf alone.

Knows the command line; the context's object is SENPAI_HOME. Computes nothing. `use`, `rollback` and `revoke` stand in
senpai.py, since they reach a running worker and the other packages.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from model import consent
from model.checkpoint import verify
from model.shelf import Shelf

app = typer.Typer(no_args_is_help=True, help="The shelf of checkpoints: which there are, which answers.")
consent_app = typer.Typer(no_args_is_help=True, help="What the imitated person agreed to.")

Json = Annotated[bool, typer.Option("--json", help="Print exactly one JSON document on stdout.")]


@app.command("list")
def list_(context: typer.Context, as_json: Json = False) -> None:
    """List the checkpoints; the current one is marked."""
    shelf = Shelf(context.obj)
    current = shelf.current()
    rows = [
        {
            **checkpoint.manifest.model_dump(mode="json", include={"name", "kind", "base", "gate", "created_at"}),
            "current": checkpoint.name == current,
        }
        for checkpoint in shelf.list()
    ]
    lines = [
        f"{'*' if row['current'] else ' '} {row['name']}  {row['kind']} on {row['base']}  gate {row['gate']}"
        for row in rows
    ]
    _show(rows, as_json, "\n".join(lines) or "No checkpoints yet: `senpai train` makes one, `senpai run` an example.")


@app.command("show")
def show(context: typer.Context, name: str, as_json: Json = False) -> None:
    """Print a checkpoint's manifest."""
    manifest = Shelf(context.obj).get(name).manifest.model_dump(mode="json")
    _show(manifest, as_json, json.dumps(manifest, ensure_ascii=False, indent=2))


@app.command("verify")
def verify_(context: typer.Context, name: str, as_json: Json = False) -> None:
    """Compare every file of a checkpoint with its manifest."""
    verify(Shelf(context.obj).get(name))
    _show({"checkpoint": name, "whole": True}, as_json, f"{name} is whole.")


@app.command("export")
def export(context: typer.Context, name: str, to: Path, as_json: Json = False) -> None:
    """Write a checkpoint into one zip file."""
    path = Shelf(context.obj).export(name, to)
    _show({"checkpoint": name, "path": path}, as_json, f"Wrote {path}.")


@app.command("import")
def import_(context: typer.Context, path: Path, as_json: Json = False) -> None:
    """Take a checkpoint from a zip file that `export` wrote."""
    name = Shelf(context.obj).import_(path).name
    _show({"checkpoint": name}, as_json, f"Imported {name}.")


@app.command("remove")
def remove(context: typer.Context, name: str, as_json: Json = False) -> None:
    """Delete a checkpoint that does not answer now."""
    Shelf(context.obj).remove(name)
    _show({"removed": name}, as_json, f"Removed {name}.")


@consent_app.command("show")
def show_consent(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="A checkpoint; the current one if left out.")] = None,
    as_json: Json = False,
) -> None:
    """Show what the person behind a checkpoint agreed to."""
    shelf = Shelf(context.obj)
    chosen = name or shelf.current()
    if chosen is None:
        raise typer.BadParameter("No checkpoint is current: name one.")
    agreed = asdict(consent.load(shelf.get(chosen).path / "consent.toml"))
    told = {field: ", ".join(value) if isinstance(value, tuple) else value for field, value in agreed.items()}
    _show(agreed, as_json, "\n".join(f"{field}: {value}" for field, value in told.items()))


def _show(document: object, as_json: bool, text: str) -> None:
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2, default=str) if as_json else text)
