"""The command `senpai eval`: the report card of checkpoints, one column each.

Knows the command line; the context's object is SENPAI_HOME. Computes nothing; wires `train.evaluate.checkpoints`.
"""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from train.bars import shown_progress


def evaluate(  # noqa: PLR0917 - typer reads the options off the parameters
    context: typer.Context,
    checkpoints: Annotated[list[str], typer.Argument(metavar="CHECKPOINT...", help="Names, or base:mini.")],
    prompts: Annotated[Path | None, typer.Option(help="Chat openings, one a line, in place of the bundled.")] = None,
    probes: Annotated[Path | None, typer.Option(help="The persona's probes.toml, not the checkpoint's own.")] = None,
    jglue: Annotated[Path | None, typer.Option(help="A folder with JGLUE's validation sets.")] = None,
    jglue_num: Annotated[int, typer.Option(min=1, help="Questions of each set, spread over it; all when more.")] = 200,
    data: Annotated[Path | None, typer.Option(help="The data folder, where the run no longer knows it.")] = None,
    out: Annotated[Path | None, typer.Option(help="A folder for report.html, report.json and pictures.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print exactly one JSON document on stdout.")] = False,
) -> None:
    """Measure what checkpoints learnt, forgot and copied."""
    from train.evaluate import jglue as sets
    from train.evaluate.checkpoints import Wanted, report_on

    examined = sets.load(jglue, jglue_num) if jglue else None
    wanted = Wanted(prompts=prompts, probes=probes, data=data, jglue=examined)
    with shown_progress() as progress:
        document = report_on(checkpoints, home=context.obj, wanted=wanted, out=out, progress=progress)
    if as_json:
        typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        _print(document, out)


def _print(document: dict[str, Any], out: Path | None) -> None:
    console = Console()
    console.print(_table(document))
    for column in document["checkpoints"]:
        console.print(f"{escape(column['name'])}: {_verdict(column['gate'])}", soft_wrap=True)
    if out:
        typer.echo(f"Report: {out / 'report.html'}")


def _verdict(gate: dict[str, Any]) -> str:
    if gate["passed"] is None:
        return "– no gate: nothing was trained"
    return "[green]PASS[/]" if gate["passed"] else f"[red]FAIL[/] {escape('; '.join(gate['reasons']))}"


def _table(document: dict[str, Any]) -> Table:
    columns = document["checkpoints"]
    table = Table("metric", *(column["name"] for column in columns))
    for metric in sorted({metric for column in columns for metric in column["metrics"]}):
        table.add_row(metric, *(_shown(column["metrics"].get(metric)) for column in columns))
    return table


def _shown(figure: dict[str, float | None] | None) -> str:
    return "-" if figure is None else f"{figure['value']:.3f}"
