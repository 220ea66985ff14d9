"""The commands `senpai bench serve|steps|swap`: arguments in, one JSON document or a Markdown table out.

Knows the command line. Computes nothing; wires `model.bench`. torch is imported when a command runs.
"""

import asyncio
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from model.engine.scheduler import MAX_RUNNING

if TYPE_CHECKING:
    from model.bench.shapes import Shape as ShapeName
    from model.engine.kernel import Kernel
    from model.loader import LoadedBase, Quantization

app = typer.Typer(no_args_is_help=True, help="Measure serving beside its peers, on this machine.")

QUICK_LAYERS = 1
QUICK_STREAMS = 4
QUICK_CONCURRENCY = "1,2"


class Shape(StrEnum):
    """Which model is measured; all but mini have random weights."""

    MINI = "mini"
    RINNA = "rinna"
    ELYZA = "elyza"
    SMALL = "0.3b"


class Held(StrEnum):
    """How weights are held."""

    FOUR_BITS = "4bit"
    EIGHT_BITS = "8bit"
    AS_STORED = "none"


class Workload(StrEnum):
    """What is asked: everybody at once with the same persona, or sixteen of ragged lengths in turn."""

    CHAT = "chat"
    RAGGED = "ragged"


class Engine(StrEnum):
    """Who answers: ours, or one of its peers."""

    SLOTS = "slots"
    GENERATE = "generate"
    BATCHED = "generate-batched"
    CONTINUOUS = "transformers-cb"
    LLAMA = "llama.cpp"


ShapeOption = Annotated[Shape, typer.Option(help="Whose shape; all but mini have random weights.")]
Layers = Annotated[int | None, typer.Option(min=1, help="Fewer layers, with random weights.")]
Quantized = Annotated[Held, typer.Option(help="How weights are held.")]
Device = Annotated[str, typer.Option(help="auto, cpu or cuda.")]
RowsFor = Annotated[
    int,
    typer.Option(min=1, help="Rows to place weights for: below 8, a CPU keeps the 4 bits that a worker serves."),
]
Rounds = Annotated[int, typer.Option(min=1, help="How often everything is measured.")]
Quick = Annotated[bool, typer.Option("--quick", help="One round of very little, to see that it works.")]
Json = Annotated[bool, typer.Option("--json", help="Print exactly one JSON document on stdout.")]


@app.command()
def serve(  # noqa: PLR0917 - typer reads the options off the parameters
    shape: ShapeOption = Shape.MINI,
    layers: Layers = None,
    quantization: Quantized = Held.FOUR_BITS,
    device: Device = "auto",
    concurrency: Annotated[str, typer.Option(help="How many ask at once, with commas.")] = "1,2,4,8,16",
    workload: Annotated[Workload, typer.Option(help="What is asked.")] = Workload.CHAT,
    rows_for: RowsFor = MAX_RUNNING,
    engine: Annotated[list[Engine] | None, typer.Option(help="Measure this one; can be given more than once.")] = None,
    chart: Annotated[Path | None, typer.Option(help="Also draw the speeds into this PNG.")] = None,
    rounds: Rounds = 5,
    quick: Quick = False,
    as_json: Json = False,
) -> None:
    """Compare our engine with `generate`, alone and in batches, transformers' continuous batching and llama.cpp."""
    from model.bench.beside import ready, why_left_out
    from model.bench.measure import conditions, read_bytes_per_s, weight_bytes
    from model.bench.serve import serve as run

    if quick:
        concurrency, rounds, layers = QUICK_CONCURRENCY, 1, QUICK_LAYERS
    counts = _counts(concurrency)
    with _base(shape, layers, quantization, device, rows_for) as (loaded, name, kernel):
        before = conditions(loaded.device)
        speed, size = read_bytes_per_s(loaded.device), weight_bytes(loaded.model)
        chosen = set(engine or Engine)
        reason = why_left_out(loaded.device, quantization.value) if Engine.LLAMA in chosen else None
        if reason is not None:
            chosen.remove(Engine.LLAMA)
        if not chosen:
            raise typer.BadParameter(f"llama.cpp is left out and nobody else was named. {reason}")
        with ready(loaded, chosen, num_rows=max(counts), kernel=kernel) as asked:
            rows = run(asked, device=loaded.device, kind=workload.value, concurrency=counts, rounds=rounds)
        found = {
            "workload": workload.value,
            "read_bytes_per_s": round(speed),
            "limit_alone_tokens_per_s": round(speed / size, 1),
            "left_out": {Engine.LLAMA.value: reason} if reason else {},
            "rows": rows,
        }
        _show(_document(loaded, name, before, found), rows, as_json)
    if chart is not None:
        from model.bench.chart import draw

        draw(rows, chart, title=f"{name}, {workload.value}")


@app.command()
def steps(  # noqa: PLR0917 - typer reads the options off the parameters
    shape: ShapeOption = Shape.MINI,
    layers: Layers = None,
    quantization: Quantized = Held.FOUR_BITS,
    device: Device = "auto",
    batches: Annotated[str, typer.Option(help="How many answers a step carries, with commas.")] = "1,8,16",
    rows_for: RowsFor = MAX_RUNNING,
    rounds: Rounds = 5,
    quick: Quick = False,
    as_json: Json = False,
) -> None:
    """What a step costs beside plain `generate`, what adapters add to it, and what a second turn saves."""
    from model.bench.measure import conditions
    from model.bench.steps import steps as run

    if quick:
        batches, rounds, layers = QUICK_CONCURRENCY, 1, QUICK_LAYERS
    counts = _counts(batches)
    with _base(shape, layers, quantization, device, rows_for) as (loaded, name, kernel):
        before = conditions(loaded.device)
        rows = run(loaded, kernel=kernel, batches=counts, rounds=rounds)
        _show(_document(loaded, name, before, {"rows": rows}), rows, as_json)


@app.command()
def swap(  # noqa: PLR0917 - typer reads the options off the parameters
    shape: ShapeOption = Shape.MINI,
    layers: Layers = None,
    quantization: Quantized = Held.FOUR_BITS,
    device: Device = "auto",
    streams: Annotated[int, typer.Option(min=1, max=16, help="How many answers run meanwhile.")] = 16,
    base: Annotated[
        Shape | None, typer.Option(help="Swap the whole model for this one, without room for both.")
    ] = None,
    rounds: Rounds = 5,
    quick: Quick = False,
    as_json: Json = False,
) -> None:
    """Swap adapters, or with --base whole models, under running answers: gaps, what failed, who wrote what."""
    from model.bench.measure import conditions
    from model.bench.swap import swap as run

    if quick:
        streams, rounds, layers = min(streams, QUICK_STREAMS), 1, QUICK_LAYERS
    if base is None:
        with _base(shape, layers, quantization, device, MAX_RUNNING) as (loaded, name, kernel):
            before = conditions(loaded.device)
            rows = asyncio.run(run(loaded, quantization.value, kernel=kernel, streams=streams, rounds=rounds))
            document = _document(loaded, name, before, {"streams": streams, "rows": rows})
    else:
        document = _exchanged((shape.value, base.value), layers, quantization.value, device, streams, rounds)
    _show(document, document["rows"], as_json)


def _exchanged(  # noqa: PLR0917 - what swap was asked for
    shapes: "tuple[ShapeName, ShapeName]",
    layers: int | None,
    quantization: "Quantization",
    device: str,
    streams: int,
    rounds: int,
) -> dict[str, Any]:
    """Exchange whole models; return the document."""
    from model.bench.exchange import exchange, lay_out
    from model.bench.measure import conditions
    from model.engine.kernel import compiled
    from model.loader import choose_device
    from model.weights import Placement

    where = choose_device(device)
    with tempfile.TemporaryDirectory(prefix="senpai-bench-") as folder:
        home = Path(folder)
        lay_out(home, shapes, layers)
        before = conditions(where)
        placement = Placement(quantization=quantization, device=where, bases_dir=home / "bases", kernel=compiled(home))
        rows = asyncio.run(exchange(home, placement, streams=streams, rounds=rounds))
    heads = {"device": where, "model": _named(" and ".join(shapes), layers), "quantization": quantization}
    return {**heads, "conditions": before, "streams": streams, "rows": rows}


def _named(shapes: str, layers: int | None) -> str:
    return f"{shapes} ({layers} layers)" if layers else shapes


@contextmanager
def _base(
    shape: Shape, layers: int | None, held: Held, device: str, rows: int
) -> Iterator[tuple["LoadedBase", str, "Kernel | None"]]:
    """Load what is measured; yield it with the name that the document bears, and the engine's own kernel."""
    from model.bench.shapes import make_base
    from model.engine.kernel import compiled
    from model.loader import load_base

    quantization: Quantization = held.value
    with tempfile.TemporaryDirectory(prefix="senpai-bench-") as folder:
        base = make_base(shape.value, Path(folder), layers)
        loaded = load_base(base, quantization=quantization, device=device, rows=rows)
        yield loaded, _named(shape.value, layers), compiled(Path(folder))


def _counts(text: str) -> list[int]:
    counts = [int(part) if part.strip().isdecimal() else 0 for part in text.split(",")]
    if min(counts) < 1:
        raise typer.BadParameter(f"{text!r} is not a list of counts with commas, such as 1,4,16.")
    return counts


def _document(loaded: "LoadedBase", name: str, before: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    return {
        "device": loaded.device,
        "model": name,
        "quantization": loaded.quantization,
        "conditions": before,
        **found,
    }


def _show(document: dict[str, Any], rows: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
        return
    heads = {key: value for key, value in document.items() if key not in ("rows", "conditions")}
    typer.echo(", ".join(f"{key} {value}" for key, value in {**heads, **document["conditions"]}.items()))
    lines = [list(rows[0]), ["---"] * len(rows[0]), *([str(value) for value in row.values()] for row in rows)]
    typer.echo("\n".join(f"| {' | '.join(line)} |" for line in lines))
