"""The command `senpai bench train`: ours beside the original experiment and TRL, as one JSON document or tables.

Knows the command line and the order of the work. Computes nothing; wires `train.bench`.
"""

import json
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from train.bench.bars import Card

_Result = TypeVar("_Result")

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "senpai"
FLAGGED_BY = 20
NUM_PATHS = 3
NOT_INSTALLED = "not installed: pip install -c constraints.txt -e '.[ratings]'"


def train(
    base: Annotated[str, typer.Option(help="The base all runs begin with.")] = "mini",
    seeds: Annotated[int, typer.Option(min=1, help="Runs of each recipe.")] = 3,
    lora_seeds: Annotated[int, typer.Option(min=0, help="Runs of article-lora.")] = 1,
    rounds: Annotated[int, typer.Option(min=1, help="Epochs of each way that are timed.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print exactly one JSON document on stdout.")] = False,
) -> None:
    """Train ours and the original experiment on the example senpai and hold both against the bars."""
    with tempfile.TemporaryDirectory(prefix="senpai-bench-") as home:
        document = _measure(Path(home), base, seeds, lora_seeds, rounds)
    if as_json:
        typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
        return
    for name, rows in (("bars", document["bars"]), ("paces", document["paces"]), ("cards", _turned(document["cards"]))):
        Console().print(_table(name, rows))


def _measure(home: Path, base: str, seeds: int, lora_seeds: int, rounds: int) -> dict[str, Any]:
    from train.bench import bars
    from train.bench.compare import Workshop, in_pairs
    from train.recipe import RECIPES, recipe_for

    shop = Workshop(example=EXAMPLE, home=home, base=base)
    build_s = _told("data", shop.build)
    first = _told("ours, alone", lambda: shop.train("ours-0", 0))
    paces = _told("epochs", lambda: _paces(shop.data, base, rounds))
    article, lora = RECIPES / "article.toml", RECIPES / "article-lora.toml"
    runs: list[tuple[str, int, Path | None]] = [("ours", seed, None) for seed in range(1, seeds)]
    runs += [("article", seed, article) for seed in range(seeds)]
    runs += [("article-lora", seed, lora) for seed in range(lora_seeds)]
    runs += [("article-hot", 0, shop.article_at(recipe_for(base).learning_rate))]
    runs += [("no-anchors", 0, shop.without_anchors())]
    found = _told("runs, in pairs", lambda: in_pairs(runs, shop))
    found["ours"] = [first, *found.get("ours", [])]
    cards = {name: [run.card for run in trained] for name, trained in found.items()}
    (bare,) = found["no-anchors"]
    readings = [
        *(bar.read(cards["ours"]) for bar in bars.OURS),
        *(bar.read(cards["article"]) for bar in bars.ARTICLE),
        bars.waste_bar(first.waste),
        *bars.pace_bars(paces),
        *bars.cost_bars(build_s + first.seconds, first.tune_s, first.peak_bytes),
        bars.flag_bar(is_flagged=bare.is_flagged_by(FLAGGED_BY), exit_code=bare.exit_code),
    ]
    return {
        "base": base,
        "seeds": seeds,
        "bars": [reading.to_json() for reading in readings],
        "paces": paces
        if len(paces) == NUM_PATHS
        else [*paces, {"path": "TRL SFTTrainer", "is_equal_work": NOT_INSTALLED}],
        "cards": [_means(name, of_name) for name, of_name in cards.items()],
    }


def _paces(data: Path, base: str, rounds: int) -> list[dict[str, Any]]:
    from model.base import resolve
    from model.loader import load_tokenizer
    from model.persona import load_persona
    from model.prompt import install_template
    from train import dataset
    from train.bench.speed import measure
    from train.recipe import recipe_for
    from train.rows import chat_rows

    at, recipe, read = resolve(base), recipe_for(base), dataset.read(data)
    tokenizer = load_tokenizer(at.location)
    install_template(tokenizer, at.name)
    rows = chat_rows(recipe, load_persona(EXAMPLE / "persona.toml"), tuple(read.training), tokenizer)
    found = measure(at, recipe, rows, rounds)
    return [pace.to_json(found[0]) for pace in found]


def _told(what: str, work: Callable[[], _Result]) -> _Result:
    """Do the work and say on stderr how long it took."""
    began = time.monotonic()
    done = work()
    typer.echo(f"{what}: {time.monotonic() - began:.0f} s", err=True)
    return done


def _means(name: str, cards: "Sequence[Card]") -> dict[str, Any]:
    """Return the mean of each metric over the seeds."""
    ids = sorted(set.intersection(*(set(card) for card in cards)))
    return {"recipe": name, **{id_: round(statistics.mean(card[id_]["value"] for card in cards), 4) for id_ in ids}}


def _turned(cards: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a row for each metric instead of one for each recipe: there are many metrics and few recipes."""
    ids = dict.fromkeys(id_ for card in cards for id_ in card if id_ != "recipe")
    return [{"metric": id_, **{card["recipe"]: card.get(id_) for card in cards}} for id_ in ids]


def _table(title: str, rows: Sequence[dict[str, Any]]) -> Table:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    table = Table(*columns, title=title)
    for row in rows:
        table.add_row(*(_shown(row.get(name)) for name in columns))
    return table


def _shown(cell: object) -> str:
    if isinstance(cell, bool):
        return "yes" if cell else "NO"
    return "-" if cell is None else str(cell)
