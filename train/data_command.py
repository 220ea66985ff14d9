"""The commands `senpai data build|show|review`: arguments in, one JSON document or a table out.

Knows the command line. Computes nothing; wires `train.dataset` and `train.review`.
"""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from model.consent import ConsentError
from train import dataset, persona_draft, review
from train.card import Card
from train.contents import REVIEW, Contents, DatasetError
from train.folder import FolderTaken
from train.names import read_words
from train.review_table import ReviewError
from train.sources.document import BrokenSource
from train.speakers import SpeakerUnknown

app = typer.Typer(help="Turn exports into a data set, look at it, review it.", no_args_is_help=True)

FAILURES = (BrokenSource, SpeakerUnknown, ConsentError, DatasetError, FolderTaken, ReviewError, OSError)

HOW_TO = """
To change something, edit the column "action" in {table}, then run: senpai data review {path} --apply
  mask  the replacement stays                        keep  the original words, or the dropped utterance, come back
  edit  what you write as replacement is used        drop  the whole utterance goes"""

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="A data folder.")]


@app.command()
def build(  # noqa: PLR0917 - typer reads the options off the parameters
    sources: Annotated[
        list[Path], typer.Argument(metavar="SOURCE...", help="X archive, captions, talk history, text …")
    ],
    out: Annotated[Path, typer.Option(help="The data folder to write.")],
    speaker: Annotated[
        str | None, typer.Option(help="Whose words count; several names of one person with commas.")
    ] = None,
    consent: Annotated[Path | None, typer.Option(help="consent.toml of the person; a copy goes along.")] = None,
    allow: Annotated[Path | None, typer.Option(help="Names that stay unmasked, one per line.")] = None,
    deny: Annotated[Path | None, typer.Option(help="Words that are always masked, one per line.")] = None,
    as_json: Json = False,
) -> None:
    """Turn exports into a data folder."""
    console = Console(stderr=True)
    with _failures(console), console.status("starting") as status:
        card = dataset.build(
            sources,
            speaker=speaker,
            out=out,
            consent=consent,
            allow=read_words(allow) if allow else (),
            deny=read_words(deny) if deny else (),
            on_stage=status.update,
        )
    _show(card, as_json)
    if not as_json:
        console.print(f"Written to {out}. Look at what was masked: senpai data review {out}", soft_wrap=True)


@app.command("persona")
def persona_(
    path: Folder,
    name: Annotated[str | None, typer.Option(help="Whose persona; the speaker of the data when left out.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a persona.toml that is there.")] = False,
    as_json: Json = False,
) -> None:
    """Draft persona.toml into a data folder, with fact cards from what was said, to be corrected by a person."""
    console = Console(stderr=True)
    with _failures(console):
        read, target = dataset.read(path), path / "persona.toml"
        if target.exists() and not force:
            raise DatasetError(f"{target} is there already: correct it by hand, or write it anew with --force.")
        lines = [utterance.text for utterance in read.training]
        draft = persona_draft.with_cards(persona_draft.draft(name or read.speaker, lines), lines)
        target.write_text(persona_draft.to_toml(draft), encoding="utf-8")
    if as_json:
        typer.echo(draft.model_dump_json(indent=2))
        return
    console.print(f"Drafted {target} with {len(draft.facts)} cards: read and correct every one.", soft_wrap=True)


@app.command()
def show(path: Folder, as_json: Json = False) -> None:
    """Print the card of a data folder."""
    with _failures(Console(stderr=True)):
        card = dataset.read_card(path)
    _show(card, as_json)


@app.command("review")
def review_(
    path: Folder,
    apply: Annotated[bool, typer.Option("--apply", help="Carry out the actions written in review.tsv.")] = False,
    as_json: Json = False,
) -> None:
    """Print what was masked and dropped, and how to change it; with --apply, change it."""
    console = Console(stderr=True)
    with _failures(console):
        if apply:
            _show(review.apply(path), as_json)
            return
        rows = Contents.read(path).rows
    if as_json:
        typer.echo(json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=2))
        return
    out = Console()
    for row in rows:
        out.print(
            f"{row.id}  {row.kind:14}  {row.span} → {row.replacement or '-'}  [{row.action}]",
            markup=False,
            soft_wrap=True,
        )
    kinds = ", ".join(f"{kind} {number}" for kind, number in sorted(Counter(row.kind for row in rows).items()))
    out.print(f"{len(rows)} rows: {kinds or 'nothing was masked or dropped'}.", markup=False, soft_wrap=True)
    console.print(HOW_TO.format(path=path, table=path / REVIEW), markup=False, soft_wrap=True)


@contextmanager
def _failures(console: Console) -> Iterator[None]:
    """Say in one sentence what failed and leave with exit code 1."""
    try:
        yield
    except FAILURES as error:
        console.print(str(error), markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(1) from None


def _show(card: Card, as_json: bool) -> None:
    if as_json:
        typer.echo(card.model_dump_json(indent=2))
        return
    table = Table("source", "format", "read", "kept", "dropped", "masked")
    for source in card.sources:
        numbers = (_counts(source.dropped), _counts(source.masked))
        table.add_row(source.source, source.format, str(source.read), str(source.kept), *numbers)
    out = Console()
    out.print(table)
    out.print(
        f"{card.num_utterances} utterances, {card.num_chars} characters, {len(card.held_out)} held out", soft_wrap=True
    )


def _counts(counts: dict[str, int]) -> str:
    return "\n".join(f"{name} {number}" for name, number in counts.items()) or "-"
