"""The command `senpai train`: arguments in, a progress bar meanwhile, one JSON document or a summary out.

Knows the command line; the context's object is SENPAI_HOME. Computes nothing; wires `train.tune`.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from train.bars import shown_progress
from train.recipe import Method, load_recipe
from train.reporter import Tracker

if TYPE_CHECKING:
    from train.from_ratings import Learnt
    from train.tune import TrainResult


RATED = "senpai.rated"
"""Where the front door puts a function that returns the rated answers, in the context's ``meta``."""


NOT_FROM_RATINGS = frozenset(
    {"base", "method", "recipe", "steps", "persona", "consent", "resume", "force", "report_to"}
)
"""What a checkpoint that ratings move has from the one it was."""


class GateFailed(Exception):
    """The checkpoint was published but may not answer without force; exit code 1 tells scripts so."""


def train(  # noqa: PLR0917 - typer reads the options off the parameters
    context: typer.Context,
    data: Annotated[Path, typer.Argument(metavar="DIR", help="A data folder that `senpai data build` wrote.")],
    name: Annotated[str, typer.Option(help="What the checkpoint is to be called.")],
    base: Annotated[str, typer.Option(help="mini, rinna, elyza, a model folder or a hub id.")] = "mini",
    method: Annotated[Method | None, typer.Option(help="lora, qlora or full; the recipe's own when left out.")] = None,
    recipe: Annotated[Path | None, typer.Option(help="A recipe file; the base's own when left out.")] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Steps, in place of the recipe's rule.")] = None,
    seed: Annotated[int, typer.Option(help="Same data, recipe and seed: same adapter bytes on one machine.")] = 0,
    persona: Annotated[Path | None, typer.Option(help="persona.toml; drafted from the data when left out.")] = None,
    consent: Annotated[Path | None, typer.Option(help="consent.toml, in place of the data folder's.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where an interrupted run stopped.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Tune on fewer than 60 utterances.")] = False,
    report_to: Annotated[Tracker, typer.Option(help="Send every number of the run there too.")] = "none",
    from_ratings: Annotated[
        bool, typer.Option("--from-ratings", help="Move a checkpoint towards the answers people liked (KTO).")
    ] = False,
    checkpoint: Annotated[str | None, typer.Option(help="With --from-ratings: this one, not the current.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print exactly one JSON document on stdout.")] = False,
) -> None:
    """Tune a base on a data folder, measure it, judge it and put the checkpoint on the shelf."""
    _refuse_unheard(context, from_ratings=from_ratings)
    if from_ratings:
        _tell(_from_ratings(context, data, name, checkpoint, seed), as_json)
        return
    from train import tune

    with shown_progress() as progress:
        result = tune.train(
            data,
            name=name,
            home=context.obj,
            base=base,
            method=method,
            recipe=load_recipe(recipe) if recipe else None,
            steps=steps,
            seed=seed,
            resume=resume,
            force=force,
            consent=consent,
            persona=persona,
            progress=progress,
            report_to=report_to,
        )
    _tell(result, as_json)


def _refuse_unheard(context: typer.Context, *, from_ratings: bool) -> None:
    """Refuse an option that the other way of training would not listen to."""
    unheard = NOT_FROM_RATINGS if from_ratings else {"checkpoint"}
    given = {name for name in context.params if _is_given(context, name)}
    if named := [f"--{name.replace('_', '-')}" for name in sorted(given & unheard)]:
        says = "says nothing together with" if from_ratings else "says nothing without"
        raise typer.BadParameter(f"{', '.join(named)} {says} --from-ratings: leave it out.")


def _is_given(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def _from_ratings(context: typer.Context, data: Path, name: str, checkpoint: str | None, seed: int) -> "Learnt":
    from train.from_ratings import Answer, train_from_ratings

    answers = [Answer.read(document) for document in context.meta[RATED]()]
    return train_from_ratings(data, answers, name=name, home=context.obj, checkpoint=checkpoint, seed=seed)


def _tell(result: "TrainResult | Learnt", as_json: bool) -> None:
    document = result.to_json()
    if as_json:
        typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        typer.echo(f"{result.checkpoint} stands on the shelf after {result.seconds:.0f} s. Report: {result.report}")
        typer.echo(f"Let it answer with: senpai checkpoints use {result.checkpoint}")
    if not result.verdict.has_passed:
        raise GateFailed(
            f"{result.checkpoint} failed its gate on {'; '.join(result.verdict.reasons())}: "
            f"read {result.report}, then train it otherwise or use it with --force."
        )
